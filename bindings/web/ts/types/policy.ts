// Settings and presets.

/**
 * The value of a setting: a switch, a number in the unit of the setting, or a list of texts. A
 * single text stands for a list of one.
 */
export type SettingValue = boolean | number | string | readonly string[];

/**
 * Settings that differ from their defaults, by name. {@link settings} lists all of them. `preset`
 * names one of {@link presets}; the other settings override it.
 */
export type Policy = Readonly<Record<string, SettingValue>>;

/** A preset of the policy table. */
export interface PresetDescription {
  /** Name. */
  name: string;
  /** Whom it is for, in a sentence. */
  about: string;
  /** Its settings; none for the preset that is the defaults. */
  settings: Policy;
}

/** One setting of the policy table. */
export interface SettingDescription {
  /** Name, such as `round.sessions`. */
  name: string;
  /** `switch`, or `integer` with range and unit, or `texts` with what an item is. */
  takes: string;
  /** Default, as JSON. */
  default: string;
  /** Why, with source or "chosen by us". */
  reason: string;
}
