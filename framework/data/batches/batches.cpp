#include "framework/data/batches/batches.h"

#include <algorithm>
#include <array>
#include <map>
#include <numeric>
#include <utility>

#include "framework/base/error.h"
#include "framework/base/rng.h"
#include "framework/data/batches/mixup.h"
#include "framework/data/batches/painter.h"
#include "framework/parallel/threads.h"

namespace pare {
namespace {

std::vector<PixelScale> pixel_scales(const Normalisation& normalisation, Element element) {
  const double unit = element == Element::U8 ? 255 : 1;  // what the normalisation calls 1
  const int channels = normalisation.channels();
  check(normalisation.deviation.size() == normalisation.mean.size(), "normalisation: ", channels, " means, ",
        normalisation.deviation.size(), " deviations");
  std::vector<PixelScale> scales;
  for (int channel = 0; channel < channels; ++channel) {
    const double mean = normalisation.mean[channel], deviation = normalisation.deviation[channel];
    require(deviation > 0, Failure::Data, "normalisation: channel ", channel, " has deviation ", deviation,
            ", expected more than 0");
    scales.push_back({static_cast<float>(1 / (unit * deviation)), static_cast<float>(-mean / deviation)});
  }
  return scales;
}

Tensor lookup_table(const std::vector<PixelScale>& scales, DType dtype) {
  std::array<uint8_t, kPixelValues> values;
  std::iota(values.begin(), values.end(), uint8_t{0});
  Tensor table({static_cast<int64_t>(scales.size()), kPixelValues});  // (C,256)
  for (size_t channel = 0; channel < scales.size(); ++channel)
    scale_pixels(values.data(), scales[channel], table.data<float>() + channel * kPixelValues, kPixelValues);
  return table.to(dtype);
}

}  // namespace

Batches::Batches(const Source& source, std::vector<int> indices, const Normalisation& normalisation,
                 int batch_size, LastBatch last, Augment augment, uint64_t seed, DType dtype,
                 Sampling sampling)
    : source_(&source),
      input_(source.input()),
      indices_(std::move(indices)),
      scales_(pixel_scales(normalisation, input_.element)),
      table_(lookup_table(scales_, dtype)),
      batch_size_(batch_size),
      last_(last),
      augment_(augment),
      seed_(seed),
      kind_(sampling == Sampling::Balanced ? Order::Balanced : Order::Shuffled) {
  require(normalisation.channels() == input_.channels, Failure::Data, "normalisation of ",
          normalisation.channels(), " channels does not fit images of ", input_.channels);
  require(batch_size > 0, Failure::Usage, "a batch of ", batch_size, " images is not possible");
  require(per_epoch() > 0, Failure::Usage, "data.batch: no batch of ", batch_size, " can be made of ",
          indices_.size(), " images; try a smaller one, or \"last_batch\": \"keep\"");
  require_fits(augment, input_);
  for (const int index : indices_)
    check(index >= 0 && index < source.count(), "batches: no example ", index, " among ", source.count());
  require(sampling == Sampling::Each || source.values(indices_.front()).empty(), Failure::Usage,
          "data.sampling: balanced is for examples of a class each, and these ask for numbers; leave it out");
}

Batches Batches::in_order(const Source& source, std::vector<int> indices, const Normalisation& normalisation,
                          int batch_size, DType dtype) {
  Batches batches(source, std::move(indices), normalisation, batch_size, LastBatch::Keep, {}, 0, dtype);
  batches.kind_ = Order::AsGiven;
  return batches;
}

int Batches::per_epoch() const {
  const int count = static_cast<int>(indices_.size());
  return count / batch_size_ + (last_ == LastBatch::Keep && count % batch_size_ > 0 ? 1 : 0);
}

int Batches::images_per_epoch() const {
  const int count = static_cast<int>(indices_.size());
  return last_ == LastBatch::Keep ? count : count / batch_size_ * batch_size_;
}

const std::vector<int>& Batches::order(int epoch) const {
  if (kind_ == Order::AsGiven) return indices_;
  if (epoch != order_epoch_) {
    order_ = kind_ == Order::Balanced ? balanced(epoch) : indices_;
    Rng(seed_, "order", static_cast<uint64_t>(epoch)).shuffle(order_);
    order_epoch_ = epoch;
  }
  return order_;
}

// Classes take turns, each with its next example; who has no more begins again, in another order.
std::vector<int> Batches::balanced(int epoch) const {
  struct Members {
    std::vector<int> examples;
    size_t next = 0;
  };
  std::map<int32_t, Members> classes;
  for (const int index : indices_) classes[source_->label(index)].examples.push_back(index);
  Rng rng(seed_, "balance", static_cast<uint64_t>(epoch));
  std::vector<int> order;
  while (order.size() < indices_.size())
    for (auto& [label, members] : classes) {
      if (order.size() == indices_.size()) break;
      if (members.next % members.examples.size() == 0) rng.shuffle(members.examples);
      order.push_back(members.examples[members.next++ % members.examples.size()]);
    }
  return order;
}

// A batch's examples lie anywhere in a data set that no cache holds, and the memory takes as long to find one
// as painting it does: so the next one is asked for first.
template <class From, class T>
void Batches::write(std::span<const int> chosen, int epoch, size_t first, T* to) const {
  constexpr size_t kLine = 64;  // bytes that come from memory together
  Painter<From, T> painter(input_, scales_, table_);
  std::vector<std::byte> buffers[2];
  const std::byte* next = source_->read(chosen[0], buffers[0]);
  for (size_t i = 0; i < chosen.size(); ++i) {
    const std::byte* const raw = next;
    if (i + 1 < chosen.size()) {
      next = source_->read(chosen[i + 1], buffers[(i + 1) % 2]);
      for (size_t at = 0; at < input_.bytes(); at += kLine) __builtin_prefetch(next + at);
    }
    // An example that comes several times is another one each time.
    const int drawn_for = kind_ == Order::Balanced ? static_cast<int>(first + i) : chosen[i];
    painter.paint(raw,
                  augment_.changes_nothing() ? Change{} : draw(augment_, input_, seed_, epoch, drawn_for),
                  to + static_cast<int64_t>(i) * input_.count());
  }
}

template <class From>
Tensor Batches::inputs(std::span<const int> chosen, int epoch, size_t first) const {
  Tensor inputs({std::ssize(chosen), input_.height, input_.width, input_.channels}, table_.dtype());
  const auto write_range = [&](IndexRange range) {
    const auto some = chosen.subspan(static_cast<size_t>(range.begin), static_cast<size_t>(range.size()));
    const size_t at = first + static_cast<size_t>(range.begin);
    const int64_t offset = range.begin * input_.count();
    if (table_.dtype() == DType::F32)
      write<From>(some, epoch, at, inputs.data<float>() + offset);
    else
      write<From>(some, epoch, at, inputs.data<Bfloat16>() + offset);
  };
  if (source_->decodes())
    parallel(Parts(std::ssize(chosen), 1), [&](int64_t, IndexRange range) { write_range(range); });
  else
    write_range({0, std::ssize(chosen)});
  return inputs;
}

Batch Batches::get(int epoch, int position) const {
  check(epoch >= 0 && position >= 0 && position < per_epoch(), "batches: no batch ", position, " in epoch ",
        epoch, " of ", per_epoch(), " batches");
  const size_t first = static_cast<size_t>(position) * batch_size_;
  const size_t count = std::min<size_t>(batch_size_, indices_.size() - first);
  const std::span<const int> chosen = std::span(order(epoch)).subspan(first, count);
  Batch batch;
  batch.inputs = input_.element == Element::U8 ? inputs<uint8_t>(chosen, epoch, first)
                                               : inputs<float>(chosen, epoch, first);
  if (augment_.mixup > 0) {
    batch.own_share = draw_own_share(augment_.mixup, seed_, epoch, position);
    blend_with_reversed(batch.inputs, batch.own_share);
  }
  const std::span<const float> values = source_->values(chosen[0]);
  if (values.empty()) {
    batch.classes.reserve(count);
    for (const int example : chosen) batch.classes.push_back(source_->label(example));
    return batch;
  }
  batch.values = Tensor({std::ssize(chosen), std::ssize(values)});
  float* to = batch.values.data<float>();
  for (const int example : chosen) to = std::ranges::copy(source_->values(example), to).out;
  if (batch.own_share < 1) blend_with_reversed(batch.values, batch.own_share);
  return batch;
}

}  // namespace pare
