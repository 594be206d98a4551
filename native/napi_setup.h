#pragma once

// The only place that includes napi.h, so that these always precede it.

// C++ exceptions become JavaScript exceptions, also those of our own type.
#define NODE_ADDON_API_CPP_EXCEPTIONS_ALL
#define NODE_ADDON_API_DISABLE_DEPRECATED
// Finalizers may run during garbage collection: a finalizer that touches JavaScript fails to
// compile.
#define NODE_ADDON_API_REQUIRE_BASIC_FINALIZERS
// Electron and others refuse external buffers: results are copied.
#define NODE_API_NO_EXTERNAL_BUFFERS_ALLOWED
// In an environment that is being torn down Node-API calls fail; that must not end the process.
#define NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS

#include <napi.h>
