/* A build without a C library: a JDK's jni.h includes <stdio.h>, and needs nothing of it. */
#pragma once
