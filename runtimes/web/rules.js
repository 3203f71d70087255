/* Which rules of a file fired in a text, what each of them does, and which had their way. */

/** The rules that fired, the strongest first.
 *
 * rules: of the metadata. flags: of each, whether it fired. several: a text may have several labels. */
export function firedRules(rules, flags, several) {
  const fired = Array.from(rules, (_, place) => Boolean(flags[place]));
  const lost = overruled(rules, fired, several);
  return rules
    .map((rule, place) => ({ rule, place }))
    .filter(({ place }) => fired[place])
    .sort((one, other) => other.rule.strength - one.rule.strength)
    .map(({ rule, place }) => ({ name: rule.name, does: does(rule), reason: rule.reason, overruled: lost[place] }));
}

function does({ effect, labels, weight }) {
  const names = labels.join(", ");
  if (effect === "evidence") return `evidence ${signed(weight ?? 0)} for ${names}`;
  return names ? `${effect} ${names}` : effect;
}

/* Two digits behind the point; what lies in the middle of two goes to the even one, as in Python. */
function signed(weight) {
  const size = Math.abs(weight), below = Math.floor(size * 100);
  const middle = Number.isInteger(size * 8) && size * 100 - below === 0.5;
  const digits = middle ? ((below + (below % 2)) / 100).toFixed(2) : size.toFixed(2);
  return `${weight < 0 ? "-" : "+"}${digits}`;
}

/** Of each rule, whether it fired and had no effect, as a stronger one fired. */
export function overruled(rules, fired, several) {
  const found = Array(rules.length).fill(false);
  const placed = rules.map((rule, place) => ({ ...rule, place }));
  const active = placed.filter(({ strength, place }) => strength > 0 && fired[place]);
  const forbids = active.filter(({ effect }) => effect === "forbid" || (several && effect === "abstain"));
  const against = (rule) =>
    forbids.some((other) => {
      const about = other.effect === "abstain" || other.labels.includes(rule.labels[0]);
      return about && other.strength > rule.strength;
    });
  const deciding = active.filter(({ effect }) => effect === "force" || (!several && effect === "abstain"));
  const standing = deciding.filter((rule) => rule.effect !== "force" || !against(rule));
  for (const rule of deciding) found[rule.place] = !standing.includes(rule);
  let holding = standing;
  if (!several) {
    const best = Math.max(0, ...standing.map(({ strength }) => strength));
    for (const { place, strength } of standing) found[place] = strength < best;
    holding = standing.filter(({ strength }) => strength === best);
  }
  const on = new Set(holding.filter(({ labels }) => labels.length > 0).map(({ labels }) => labels[0]));
  for (const { effect, labels, place } of active) {
    if (effect === "forbid") found[place] = labels.length > 0 && labels.every((label) => on.has(label));
  }
  return found;
}
