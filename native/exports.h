#pragma once

#include "napi_setup.h"

// Each registers its functions; types/native.d.ts is the contract.
void export_model_functions(Napi::Env env, Napi::Object exports);
void export_session_functions(Napi::Env env, Napi::Object exports);
void export_extend_functions(Napi::Env env, Napi::Object exports);
