import com.android.build.api.artifact.SingleArtifact

plugins { alias(libs.plugins.android.application) } // it compiles Kotlin by itself

android {
    namespace = "org.neurolite.demo"
    compileSdk = libs.versions.compileSdk.get().toInt()
    defaultConfig {
        applicationId = "org.neurolite.demo"
        minSdk = libs.versions.minSdk.get().toInt()
        targetSdk = libs.versions.targetSdk.get().toInt()
        versionCode = libs.versions.versionCode.get().toInt()
        versionName = libs.versions.versionName.get()
        ndk { abiFilters += listOf("arm64-v8a", "x86_64") }
    }
    flavorDimensions += "engine"
    productFlavors {
        create("ort") { dimension = "engine" }
        create("c") { dimension = "engine" } // its libraries, src/c/jniLibs, are made by `make android`
    }
    buildTypes {
        release {
            isMinifyEnabled = true
            isShrinkResources = true
            proguardFiles(getDefaultProguardFile("proguard-android-optimize.txt"), "rules.pro")
        }
    }
    // Mapped where they lie in the APK, libraries at pages of 16 KB and models without a copy.
    packaging.jniLibs.useLegacyPackaging = false
    androidResources { noCompress += listOf("onnx", "nlm") }
    testOptions.unitTests.isIncludeAndroidResources = true
}

// Android 8 has no method that Java 8 lacks: ByteBuffer.clear() is another one in later classes.
kotlin { compilerOptions { freeCompilerArgs.add("-Xjdk-release=1.8") } }

dependencies {
    implementation(project(":core"))
    "ortImplementation"(project(":runtime"))
    "ortImplementation"(libs.onnxruntime.android)
    "cImplementation"(project(":engine"))
    testImplementation(libs.junit)
    testImplementation(libs.robolectric)
    "testOrtImplementation"(libs.onnxruntime.jvm) // with the libraries of this machine
}

// The app needs no permission: a variant whose merged manifest asks for one, maybe a library's, fails.
androidComponents {
    onVariants { variant ->
        val manifest = variant.artifacts.get(SingleArtifact.MERGED_MANIFEST)
        val name = variant.name.replaceFirstChar(Char::uppercase)
        val permissions = tasks.register("check${name}Permissions") {
            inputs.file(manifest)
            doLast {
                val asked = "<uses-permission" in inputs.files.singleFile.readText()
                if (asked) throw GradleException("$name asks for a permission; see its merged manifest.")
            }
        }
        tasks.named("check") { dependsOn(permissions) }
    }
}
