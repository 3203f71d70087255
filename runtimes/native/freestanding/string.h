/* A build without a C library: ONNX Runtime's header includes <string.h>, but needs only these types. */
#pragma once
#include <stddef.h>
