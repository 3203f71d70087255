#include "../../../../../runtimes/native/include/neurolite.h"
