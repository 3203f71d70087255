package org.neurolite.demo.core

import java.util.Locale

/**
 * A rule of a file, in the order of its output `rules`.
 *
 * @property effect `force`, `forbid`, `evidence`, `abstain` or `nothing`.
 * @property strength of two that contradict each other the higher holds; 0 of rules that decide nothing.
 * @property weight of evidence, what is added to the logit.
 */
public data class RuleFact(
    val name: String,
    val effect: String,
    val labels: List<String>,
    val strength: Int,
    val weight: Double?,
    val reason: String,
) {
    /** In words. */
    public fun does(): String {
        val names = labels.joinToString(", ")
        return when {
            effect == EVIDENCE -> String.format(Locale.ROOT, "evidence %+.2f for %s", weight ?: 0.0, names)
            names.isEmpty() -> effect
            else -> "$effect $names"
        }
    }

    internal companion object {
        const val FORCE = "force"
        const val FORBID = "forbid"
        const val EVIDENCE = "evidence"
        const val ABSTAIN = "abstain"
        val EFFECTS = setOf(FORCE, FORBID, EVIDENCE, ABSTAIN, "nothing")
    }
}

/** The rules that fired, the strongest first. */
internal fun firedRules(rules: List<RuleFact>, fired: IntArray, several: Boolean): List<FiredRule> {
    val own = rules.indices.filter { fired[it] != 0 }
    val lost = overruled(rules, own, several)
    return own.sortedByDescending { rules[it].strength }.map {
        FiredRule(rules[it].name, rules[it].does(), rules[it].reason, it in lost)
    }
}

/** Which of the rules that fired had no effect, as a stronger one fired. */
internal fun overruled(rules: List<RuleFact>, fired: List<Int>, several: Boolean): Set<Int> {
    val active = fired.filter { rules[it].strength > 0 }
    val forbids = active.map { rules[it] }.filter { it.effect == RuleFact.FORBID || (several && it.abstains()) }
    val deciding = active.filter { rules[it].effect == RuleFact.FORCE || (!several && rules[it].abstains()) }
    val standing = deciding.filterNot { rules[it].effect == RuleFact.FORCE && isForbidden(rules[it], forbids) }
    val lost = HashSet(deciding - standing.toSet())
    val best = if (several) null else standing.maxOfOrNull { rules[it].strength }
    val winning = standing.filter { best == null || rules[it].strength == best }
    lost += standing - winning.toSet()
    val given = winning.mapNotNull { rules[it].labels.firstOrNull() }.toSet()
    lost += active.filter {
        rules[it].effect == RuleFact.FORBID && rules[it].labels.isNotEmpty() && given.containsAll(rules[it].labels)
    }
    return lost
}

private fun RuleFact.abstains() = effect == RuleFact.ABSTAIN

private fun isForbidden(rule: RuleFact, forbids: List<RuleFact>): Boolean =
    forbids.any { it.strength > rule.strength && (it.abstains() || rule.labels[0] in it.labels) }
