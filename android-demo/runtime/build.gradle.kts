import org.jetbrains.kotlin.gradle.dsl.JvmTarget

plugins { alias(libs.plugins.kotlin.jvm) }

kotlin {
    explicitApi()
    compilerOptions {
        jvmTarget = JvmTarget.JVM_1_8
        allWarningsAsErrors = true
    }
}

java {
    sourceCompatibility = JavaVersion.VERSION_1_8
    targetCompatibility = JavaVersion.VERSION_1_8
}

dependencies {
    api(project(":core"))
    compileOnly(libs.onnxruntime.jvm) // the same API as the AAR has
    testImplementation(libs.onnxruntime.jvm)
    testImplementation(libs.junit)
}

tasks.test {
    // Of fixed size and touched at once, so that LeakTest sees what is not the heap's.
    jvmArgs("-Xms192m", "-Xmx192m", "-XX:+AlwaysPreTouch")
    systemProperty("neurolite.made", rootProject.file("offline/target/made"))
}
