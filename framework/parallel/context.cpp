#include "framework/parallel/context.h"

#include "framework/parallel/cpus.h"
#include "framework/parallel/thread_pool.h"

namespace pare {
namespace {

thread_local const Context* current_context = nullptr;

}  // namespace

Context::Context(const ContextOptions& options) : options_(options), pool_(std::make_unique<ThreadPool>()) {
  options_.threads = threads_for(options.threads);
}

Context::~Context() = default;

const Context& Context::current() {
  if (current_context != nullptr) return *current_context;
  // Never destroyed: its threads sleep until the process ends, in whatever order the rest of it does.
  static const Context* const shared = new Context;
  return *shared;
}

Context::Scope::Scope(const Context& context) : before_(current_context) { current_context = &context; }
Context::Scope::~Scope() { current_context = before_; }

}  // namespace pare
