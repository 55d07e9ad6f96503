// Holds the process' stderr shut while TensorFlow is loaded: its static initialisers log before any setting that
// would silence them is read, and Node has no dup2. What was written meanwhile is given back by release().
#include <fcntl.h>
#include <node_api.h>
#include <stdlib.h>
#include <unistd.h>

#include <string>

namespace {

int saved = -1;
int held = -1;

napi_value Hold(napi_env env, napi_callback_info) {
  if (saved < 0) {
    char name[] = "/tmp/fmnist-stderr-XXXXXX";
    held = mkstemp(name);
    if (held >= 0) {
      unlink(name);
      saved = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
      if (saved >= 0) dup2(held, STDERR_FILENO);
    }
  }
  return nullptr;
}

napi_value Release(napi_env env, napi_callback_info) {
  std::string text;
  if (saved >= 0) {
    dup2(saved, STDERR_FILENO);
    close(saved);
  }
  if (held >= 0) {
    char buffer[4096];
    ssize_t n;
    lseek(held, 0, SEEK_SET);
    while ((n = read(held, buffer, sizeof buffer)) > 0) text.append(buffer, n);
    close(held);
  }
  saved = held = -1;
  napi_value result;
  napi_create_string_utf8(env, text.data(), text.size(), &result);
  return result;
}

}  // namespace

NAPI_MODULE_INIT() {
  napi_value hold, release;
  napi_create_function(env, "hold", NAPI_AUTO_LENGTH, Hold, nullptr, &hold);
  napi_set_named_property(env, exports, "hold", hold);
  napi_create_function(env, "release", NAPI_AUTO_LENGTH, Release, nullptr, &release);
  napi_set_named_property(env, exports, "release", release);
  return exports;
}
