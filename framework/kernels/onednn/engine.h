// Private to this folder: the engine, the stream and the few helpers every oneDNN kernel needs.
//
// Kernels create their primitive at each call. oneDNN keeps compiled primitives in its own cache, so a warm
// re-creation costs some 5 microseconds with its arguments, against 20 microseconds to 40 milliseconds of
// work; where there can be less, it is kept (product.h). Activations stay plain NHWC; only weights are
// packed, anew at each call, because they change at each step.
//
// oneDNN would share the work of a primitive out in a way that depends on how many threads there are at that
// moment. Kernels cut it themselves instead (framework/parallel/threads.h), and each part runs a primitive
// that was made for one thread.
#pragma once

#include <algorithm>
#include <oneapi/dnnl/dnnl.hpp>

#include "framework/tensor/tensor.h"

namespace pare::onednn {

const dnnl::engine& engine();

// Gives oneDNN the limit of $PARE_MAX_ISA, if there is one (framework/parallel/isa.h). It takes one only
// before it has been used, so this is called before.
void limit_isa();

dnnl::stream& stream();

dnnl::memory::data_type type_of(DType dtype);

// A tensor's buffer from row `first_row` on, under a descriptor of no more elements than are left. oneDNN
// takes inputs as void* too.
dnnl::memory as_memory(const Tensor& tensor, const dnnl::memory::desc& descriptor, int64_t first_row = 0);

// `memory` itself when it has the wanted layout and type, else a packed copy in a pooled buffer that
// `storage` keeps.
dnnl::memory in_layout(const dnnl::memory& memory, const dnnl::memory::desc& wanted, Tensor& storage);

// A pooled buffer of a descriptor's size. Builds with assertions add a guard behind its end, since no
// sanitizer sees what oneDNN's generated code writes; `check_guard` fails if it was written to.
Tensor buffer_for(const dnnl::memory::desc& descriptor);
void check_guard(const Tensor& buffer);

// A pooled buffer for a descriptor that only oneDNN understands (packed weights, workspaces).
dnnl::memory scratch(const dnnl::memory::desc& descriptor, Tensor& storage);

void reorder(const dnnl::memory& from, const dnnl::memory& to);

// Of every primitive descriptor here: `run` brings the scratchpad.
const dnnl::primitive_attr& attributes();

// Runs a primitive that was made from `descriptor`, with a pooled buffer as its scratchpad. oneDNN's own
// lives as long as the primitive, and a large one can cost more in page faults at each call than the
// arithmetic it serves. Threads may run one primitive side by side.
template <class Primitive>
void run(const Primitive& primitive, const typename Primitive::primitive_desc& descriptor,
         std::unordered_map<int, dnnl::memory> arguments) {
  Tensor storage;
  const dnnl::memory::desc wanted = descriptor.scratchpad_desc();
  if (wanted.get_size() > 0) arguments.insert({DNNL_ARG_SCRATCHPAD, scratch(wanted, storage)});
  primitive.execute(stream(), arguments);
  stream().wait();
  check_guard(storage);
}
template <class Primitive>
void run(const typename Primitive::primitive_desc& descriptor,
         std::unordered_map<int, dnnl::memory> arguments) {
  run(Primitive(descriptor), descriptor, std::move(arguments));
}

// The fewest floating-point operations of a part: some forty microseconds.
constexpr int64_t kFewestOperations = 4'000'000;

// As many items of so many operations each as make a part.
constexpr int64_t grain_of(int64_t operations) {
  return kFewestOperations / std::max<int64_t>(operations, 1) + 1;
}

// `shape` with so many images.
inline Shape of_images(Shape shape, int64_t images) {
  shape[0] = images;
  return shape;
}

// Runs `body`; an exception of oneDNN leaves as an Error that names the kernel and its shapes.
template <class Body, class... Parts>
auto guarded(Body&& body, const Parts&... parts) {
  try {
    return body();
  } catch (const dnnl::error& error) {
    fail(Failure::Internal, parts..., ": oneDNN says: ", error.what());
  }
}

}  // namespace pare::onednn
