#include "../../../../../runtimes/native/include/neurolite_model.h"
