#pragma once
#include <dnnl.h>
#if DNNL_VERSION_MAJOR != 2
#error "Loam is written for oneDNN 2, as in Debian 12; version 3 has another interface."
#endif
