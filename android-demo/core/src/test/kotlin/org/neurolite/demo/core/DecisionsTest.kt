package org.neurolite.demo.core

import org.junit.Assert.assertEquals
import org.junit.Test

class DecisionsTest {
    private val vectors = Vectors.read("apps/decisions.json")
    private val labels = vectors.texts("labels")
    private val tolerance = vectors.double("tolerance")!!
    private val rules = vectors.items("rules").map { MetadataFields.rule(it)!! }

    private fun check(row: Map<*, *>, rules: Boolean) {
        val logits = row.logits("logits")
        val own = labels.take(logits.size)
        val name = row.text("name")
        if (row.text("task") == Metadata.MULTI_LABEL) {
            val found = severalLabels(logits, own, row.double("threshold")!!)
            val expected = (row["labels"] as List<*>).map { (it as List<*>) }
            assertEquals(name, expected.map { it[0] }, found.best.map { it.label })
            expected.zip(found.best) { wanted, got -> assertEquals(name, wanted[1] as Double, got.score, tolerance) }
            return
        }
        val found = oneLabel(logits, own, own.size, row.double("threshold"), rules)
        assertEquals(name, row.texts("ranked"), found.best.map { it.label })
        assertEquals(name, row.double("score")!!, found.best[0].score, tolerance)
        assertEquals(name, row.double("in_scope")!!, found.inScope!!, tolerance)
        assertEquals(name, row["abstained"], found.abstained)
        val scores = found.best.associate { it.label to it.score }
        row.doubles("probabilities").forEachIndexed { at, wanted ->
            assertEquals(name, wanted, scores.getValue(own[at]), tolerance)
        }
    }

    @Test
    fun logitsBecomeAnswers() {
        vectors.items("cases").forEach { check(it, rules = false) }
    }

    @Test
    fun rulesHaveTheirWay() {
        for (row in vectors.items("ruled")) {
            check(row, rules = true)
            val fired = row.doubles("rules").let { own -> IntArray(own.size) { own[it].toInt() } }
            val several = row.text("task") == Metadata.MULTI_LABEL
            val found = firedRules(rules, fired, several)
            if (several) {
                val lost = found.filter { it.overruled }.map { it.name }.toSet()
                assertEquals(row.text("name"), row.texts("overruled").toSet(), lost)
            } else {
                val wanted = row.items("fired").map {
                    FiredRule(it.text("name"), it.text("does"), it.text("reason"), it["overruled"] as Boolean)
                }
                assertEquals(row.text("name"), wanted, found)
            }
        }
    }
}
