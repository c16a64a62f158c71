import { type Policy, presets, settings } from "dreaming";

import { KEEPS } from "./limits.js";

/** The value of a setting: of the policy, else of its preset, else the default. */
export function setting(policy: Policy, name: string): unknown {
  return policy[name] ?? ofPreset(policy)?.[name] ?? settings().find((known) => known.name === name)?.default;
}

/**
 * Adds to a policy settings that keep the ledger within the limits, where neither the policy nor
 * its preset has them. The ledger keeps all sessions of the store: a forgotten one would be read
 * again.
 */
export function kept(policy: Policy, sessions: number): Policy {
  const named = (name: string): boolean => policy[name] !== undefined || ofPreset(policy)?.[name] !== undefined;
  const ours = { ...KEEPS, "ledger.known-sessions": Math.max(KEEPS["ledger.known-sessions"], sessions) };
  return { ...Object.fromEntries(Object.entries(ours).filter(([name]) => !named(name))), ...policy };
}

function ofPreset(policy: Policy): Policy | undefined {
  return presets().find((known) => known.name === policy["preset"])?.settings as Policy | undefined;
}
