package org.neurolite.demo.core

import java.io.File
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test

/** The Gradle project and the POMs of offline/ are one build: versions, modules, flavours and namespace. */
class BuildsAgreeTest {
    private val root = File("..")
    private val pom = File(root, "offline/pom.xml").readText()
    private val catalog = File(root, "gradle/libs.versions.toml").readText()
    private val settings = File(root, "settings.gradle.kts").readText()
    private val app = File(root, "app/build.gradle.kts").readText()

    private fun found(pattern: String, text: String): List<String> =
        Regex(pattern, RegexOption.MULTILINE).findAll(text).map { it.groupValues[1] }.toList()

    private fun one(pattern: String, text: String): String = found(pattern, text).single()

    private fun inCatalog(name: String): String = one("^$name = \"(.*?)\"", catalog)

    @Test
    fun versionsAgree() {
        for (name in listOf("kotlin", "onnxruntime", "robolectric", "junit")) {
            assertEquals(name, inCatalog(name), one("<$name\\.version>(.*)</", pom))
        }
    }

    @Test
    fun modulesAgree() {
        val gradle = found("\":(\\w+)\"", settings)
        val maven = found("<module>(\\w+)</module>", pom) - "testshim"
        assertEquals(gradle.toSet(), maven.toSet())
        for (module in gradle) {
            assertTrue(module, File(root, "$module/build.gradle.kts").isFile)
            val artifact = found("<artifactId>(.*)</", File(root, "offline/$module/pom.xml").readText())
            assertEquals(module, artifact[1])
        }
    }

    @Test
    fun flavoursAgree() {
        val flavours = found("create\\(\"(\\w+)\"\\)", app)
        assertEquals(listOf("ort", "c"), flavours)
        val engine = one("<engine>(\\w+)</", File(root, "offline/app/pom.xml").readText())
        assertTrue(engine, engine in flavours)
        for (flavour in flavours) {
            assertTrue(flavour, File(root, "app/src/$flavour/kotlin").isDirectory)
        }
    }

    @Test
    fun namespaceIsThatOfPomsAndSources() {
        val namespace = one("namespace = \"(.*?)\"", app)
        assertEquals(namespace, one("applicationId = \"(.*?)\"", app))
        assertEquals(namespace, found("<groupId>(.*?)</", pom).first())
        val folder = namespace.replace('.', '/')
        for (module in found("\":(\\w+)\"", settings)) {
            assertTrue(module, File(root, "$module/src/main/kotlin/$folder").isDirectory)
        }
    }

    @Test
    fun bothBuildsMakeTheSameBytecode() {
        assertEquals("1.8", one("<jvmTarget>(.*)</", pom))
        for (module in listOf("core", "runtime", "engine")) {
            val text = File(root, "$module/build.gradle.kts").readText()
            assertTrue(module, "JvmTarget.JVM_1_8" in text && "allWarningsAsErrors = true" in text)
            assertTrue(module, "explicitApi()" in text)
        }
    }
}
