// libjpeg-turbo through its TurboJPEG interface, which returns error codes. The classic libjpeg interface reports
// errors by longjmp, which Swift frames must never be unwound by.
#pragma once
#include <turbojpeg.h>
