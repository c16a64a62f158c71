import { type Policy, presets, settings } from "dreaming";

import { KEEPS } from "./limits.js";

/** The value of a setting: of the policy, of its preset, or the default. */
export function setting(policy: Policy, name: string): unknown {
  return policy[name] ?? ofPreset(policy)?.[name] ?? settings().find((known) => known.name === name)?.default;
}

/**
 * A policy that has the ledger stay within the limits where neither it nor its preset says how much to keep. Sessions that the
 * store has are known to the ledger, however many there are: one that is forgotten would be read again.
 */
export function kept(policy: Policy, sessions: number): Policy {
  const named = (name: string): boolean => policy[name] !== undefined || ofPreset(policy)?.[name] !== undefined;
  const ours = { ...KEEPS, "ledger.known-sessions": Math.max(KEEPS["ledger.known-sessions"], sessions) };
  return { ...Object.fromEntries(Object.entries(ours).filter(([name]) => !named(name))), ...policy };
}

function ofPreset(policy: Policy): Policy | undefined {
  return presets().find((known) => known.name === policy["preset"])?.settings as Policy | undefined;
}
