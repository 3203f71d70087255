package org.neurolite.demo.core

import org.junit.Assert.assertEquals
import org.junit.Assert.assertThrows
import org.junit.Test

class JsonTest {
    @Test
    fun whatIsReadIsWrittenAgain() {
        val text = "{\"a\":[1,-2.5,true,false,null,\"x\\n\\u0001\\\"\"],\"b\":{},\"c\":[],\"g\":9007199254740993}"
        assertEquals(text, Json.write(Json.parse(" $text\n")))
    }

    @Test
    fun numbersAreWrittenAsPythonWritesThem() {
        val wanted = mapOf(
            0.0 to "0.0", -0.0 to "-0.0", 12.0 to "12.0", 0.1 to "0.1", -6.5 to "-6.5", 1e-4 to "0.0001",
            1.2e-5 to "1.2e-05", 1e16 to "1e+16", 123456789012345.0 to "123456789012345.0", 2e-3 to "0.002",
            1e-310 to "1e-310", 1.7976931348623157e308 to "1.7976931348623157e+308", 2.0 / 3 to "0.6666666666666666",
        )
        for ((value, text) in wanted) assertEquals(text, Json.number(value))
    }

    @Test
    fun halvesOfPairsStayWhatTheyAre() {
        assertEquals("\"\\ud83d x\"", Json.write("\ud83d x"))
        assertEquals("\ud83d\ude00", Json.parse("\"\\ud83d\\ude00\""))
        assertEquals("\"\\u00fc\"", Json.write("ü", ascii = true))
    }

    @Test
    fun whatIsNoJsonIsRefused() {
        val wrong = listOf(
            "", "{", "[1,]", "{'a':1}", "01", "1.", "nul", "\"a", "\"\\x\"", "\"\\u12g4\"", "[1] 2", "{\"a\" 1}",
            "\"\u0001\"", "// no\n1", "NaN", "+1", "1e999", "{\"a\":1,\"a\":2}", "[".repeat(200) + "]".repeat(200),
        )
        for (text in wanted(wrong)) {
            assertThrows(text, IllegalArgumentException::class.java) { Json.parse(text) }
        }
    }

    private fun wanted(texts: List<String>): List<String> = texts + texts.map { " $it" }
}
