#include "framework/kernels/onednn/engine.h"

#include <algorithm>

#include "framework/parallel/isa.h"

namespace pare::onednn {
namespace {

#ifdef NDEBUG
constexpr size_t kGuard = 0;
#else
constexpr size_t kGuard = 32;  // numbers
#endif
constexpr float kUntouched = 12345;

}  // namespace

const dnnl::engine& engine() {
  static const dnnl::engine instance = [] {
    limit_isa();
    return dnnl::engine(dnnl::engine::kind::cpu, 0);
  }();
  return instance;
}

void limit_isa() {
  static const bool done = [] {
    if (!isa_is_limited()) return true;
    constexpr dnnl::cpu_isa kLimits[] = {dnnl::cpu_isa::sse41, dnnl::cpu_isa::avx2,
                                         dnnl::cpu_isa::avx512_core, dnnl::cpu_isa::avx512_core_bf16};
    dnnl::set_max_cpu_isa(kLimits[static_cast<int>(isa())]);
    return true;
  }();
  static_cast<void>(done);
}

dnnl::stream& stream() {
  static dnnl::stream instance(engine());
  return instance;
}

dnnl::memory::data_type type_of(DType dtype) {
  return dtype == DType::F32 ? dnnl::memory::data_type::f32 : dnnl::memory::data_type::bf16;
}

dnnl::memory as_memory(const Tensor& tensor, const dnnl::memory::desc& descriptor, int64_t first_row) {
  const auto* const bytes = static_cast<const std::byte*>(tensor.raw());
  const auto skipped =
      static_cast<size_t>(first_row * tensor.shape().row()) * bytes_per_element(tensor.dtype());
  return {descriptor, engine(), const_cast<std::byte*>(bytes + skipped)};
}

Tensor buffer_for(const dnnl::memory::desc& descriptor) {
  Tensor buffer(Shape{static_cast<int64_t>((descriptor.get_size() + 3) / 4 + kGuard)});
  std::ranges::fill(buffer.floats().last(kGuard), kUntouched);
  return buffer;
}

void check_guard(const Tensor& buffer) {
  if (!buffer) return;
  check(std::ranges::all_of(buffer.floats().last(kGuard), [](float number) { return number == kUntouched; }),
        "oneDNN wrote past the end of a buffer of ", 4 * (buffer.floats().size() - kGuard), " bytes");
}

dnnl::memory scratch(const dnnl::memory::desc& descriptor, Tensor& storage) {
  storage = buffer_for(descriptor);
  return as_memory(storage, descriptor);
}

dnnl::memory in_layout(const dnnl::memory& memory, const dnnl::memory::desc& wanted, Tensor& storage) {
  if (memory.get_desc() == wanted) return memory;
  dnnl::memory packed = scratch(wanted, storage);
  reorder(memory, packed);
  return packed;
}

void reorder(const dnnl::memory& from, const dnnl::memory& to) {
  dnnl::memory source = from;
  dnnl::memory target = to;
  dnnl::reorder(source, target).execute(stream(), source, target);
}

const dnnl::primitive_attr& attributes() {
  static const dnnl::primitive_attr instance = [] {
    dnnl::primitive_attr attributes;
    attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    return attributes;
  }();
  return instance;
}

}  // namespace pare::onednn
