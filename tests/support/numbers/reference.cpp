#include "tests/support/numbers/reference.h"

#include <limits>

namespace pare::reference {
namespace {

struct Bounds {
  Number low, high;
};
Bounds bounds_of(Levels levels, Number bits) {
  if (levels == Levels::Paper) return {-exp2(bits - 1), exp2(bits - 1) - 1};
  constexpr double kTwo = 2.0000002;  // a hair below the tie at whole depths
  return {-((exp2(bits) - 1) / kTwo), (exp2(bits) - 1) / kTwo};
}

// At a bound the weight counts as clipped, and the upper bound is asked first.
Number clamp(Number u, const Bounds& bounds) {
  if (u.value >= bounds.high.value) return bounds.high;
  if (u.value <= bounds.low.value) return bounds.low;
  return u;
}

}  // namespace

Array conv2d(const Array& x, const Array& w, const Array& b, const Conv2dGeometry& g) {
  const int64_t in = w.shape[3], out = w.shape[0];
  const auto extent = [&](int axis, int stride, int padding, int dilation) {
    return (x.shape[axis] + 2 * padding - ((w.shape[axis] - 1) * dilation + 1)) / stride + 1;
  };
  Array y(Shape{x.shape[0], extent(1, g.stride.height, g.padding.height, g.dilation.height),
                extent(2, g.stride.width, g.padding.width, g.dilation.width), out});
  for (int64_t n = 0; n < y.shape[0]; ++n)
    for (int64_t oh = 0; oh < y.shape[1]; ++oh)
      for (int64_t ow = 0; ow < y.shape[2]; ++ow)
        for (int64_t o = 0; o < out; ++o) {
          Number total = b.numbers.empty() ? Number(0) : b[o];
          const int64_t first_channel = o / (out / g.groups) * in;
          for (int64_t kh = 0; kh < w.shape[1]; ++kh)
            for (int64_t kw = 0; kw < w.shape[2]; ++kw) {
              const int64_t h = oh * g.stride.height - g.padding.height + kh * g.dilation.height;
              const int64_t v = ow * g.stride.width - g.padding.width + kw * g.dilation.width;
              if (h < 0 || h >= x.shape[1] || v < 0 || v >= x.shape[2]) continue;
              for (int64_t i = 0; i < in; ++i)
                total = total + x.at(n, h, v, first_channel + i) * w.at(o, kh, kw, i);
            }
          y.at(n, oh, ow, o) = total;
        }
  return y;
}

Array linear(const Array& x, const Array& w, const Array& b) {
  const int64_t features = w.shape.row(), out = w.shape[0];
  Array y(w.shape.rank() == 2 ? Shape{x.shape[0], out} : Shape{x.shape[0], 1, 1, out});
  for (int64_t n = 0; n < x.shape[0]; ++n)
    for (int64_t o = 0; o < out; ++o) {
      Number total = b.numbers.empty() ? Number(0) : b[o];
      for (int64_t k = 0; k < features; ++k) total = total + x[n * features + k] * w[o * features + k];
      y[n * out + o] = total;
    }
  return y;
}

Array relu(const Array& x) {
  Array y(x.shape);
  for (int64_t i = 0; i < x.shape.count(); ++i) y[i] = x[i].value > 0 ? x[i] : Number(0);
  return y;
}

Array add(const Array& a, const Array& b, double factor) {
  Array y(a.shape);
  for (int64_t i = 0; i < a.shape.count(); ++i) y[i] = a[i] + b[i] * factor;
  return y;
}

Array multiply(const Array& x, std::span<const float> mask) {
  Array y(x.shape);
  for (int64_t i = 0; i < x.shape.count(); ++i) y[i] = x[i] * double{mask[i]};
  return y;
}

Array pool(PoolKind kind, const Array& x, const PoolGeometry& g) {
  const auto extent = [&](int axis, int size, int stride, int padding) {
    return (x.shape[axis] + 2 * padding - size) / stride + 1;
  };
  Array y(Shape{x.shape[0], extent(1, g.size.height, g.stride.height, g.padding.height),
                extent(2, g.size.width, g.stride.width, g.padding.width), x.shape[3]});
  for (int64_t n = 0; n < y.shape[0]; ++n)
    for (int64_t oh = 0; oh < y.shape[1]; ++oh)
      for (int64_t ow = 0; ow < y.shape[2]; ++ow)
        for (int64_t c = 0; c < y.shape[3]; ++c) {
          Number largest(-std::numeric_limits<double>::infinity()), total(0);
          int seen = 0;
          const int64_t top = oh * g.stride.height - g.padding.height,
                        left = ow * g.stride.width - g.padding.width;
          for (int64_t h = top; h < top + g.size.height; ++h)
            for (int64_t w = left; w < left + g.size.width; ++w) {
              if (h < 0 || h >= x.shape[1] || w < 0 || w >= x.shape[2]) continue;
              const Number& value = x.at(n, h, w, c);
              if (value.value > largest.value) largest = value;
              total = total + value;
              ++seen;
            }
          y.at(n, oh, ow, c) = kind == PoolKind::Max ? largest : total / double(seen);
        }
  return y;
}

Array batch_norm(const Array& x, const Array& gamma, const Array& beta, double epsilon, const Array& residual,
                 Activation activation) {
  const int64_t channels = gamma.shape[0], rows = x.shape.count() / channels;
  Array y(x.shape);
  for (int64_t c = 0; c < channels; ++c) {
    Number mean(0), variance(0);
    for (int64_t r = 0; r < rows; ++r) mean = mean + x[r * channels + c] / double(rows);
    for (int64_t r = 0; r < rows; ++r) {
      const Number centred = x[r * channels + c] - mean;
      variance = variance + centred * centred / double(rows);
    }
    for (int64_t i = c; i < x.shape.count(); i += channels) {
      y[i] = (x[i] - mean) / sqrt(variance + epsilon) * gamma[c] + beta[c];
      if (!residual.numbers.empty()) y[i] = y[i] + residual[i];
    }
  }
  return activation == Activation::Relu ? relu(y) : y;
}

Array union_sum(const Array& a, const Array& b, std::span<const int> a_from, std::span<const int> b_from) {
  const auto channels = static_cast<int64_t>(a_from.size());
  Shape shape = a.shape;
  shape[shape.rank() - 1] = channels;
  Array y(shape);
  for (int64_t i = 0; i < shape.count(); ++i) {
    const int64_t row = i / channels, c = i % channels;
    if (a_from[c] >= 0) y[i] = y[i] + a[row * a.shape.back() + a_from[c]];
    if (b_from[c] >= 0) y[i] = y[i] + b[row * b.shape.back() + b_from[c]];
  }
  return y;
}

Array gate(const Array& x, const Array& g, std::span<const int> from) {
  const auto channels = static_cast<int64_t>(from.size());
  Shape shape = x.shape;
  shape[shape.rank() - 1] = channels;
  Array y(shape);
  for (int64_t i = 0; i < shape.count(); ++i)
    y[i] = x[i / channels * x.shape.back() + from[i % channels]] * g[i % channels];
  return y;
}

Array reshape(const Array& x, const Shape& shape) {
  Array y = x;
  y.shape = shape;
  return y;
}

Array cross_entropy(const Array& logits, std::span<const int32_t> labels, double smoothing,
                    std::span<const float> weights) {
  const int64_t classes = logits.shape[1];
  std::vector<double> targets;
  for (const int32_t label : labels)
    for (int64_t k = 0; k < classes; ++k)
      targets.push_back((k == label ? 1 - smoothing : 0) + smoothing / double(classes));
  return cross_entropy(logits, targets, weights);
}

Array cross_entropy(const Array& logits, std::span<const double> targets, std::span<const float> weights) {
  const int64_t rows = logits.shape[0], classes = logits.shape[1];
  Array loss(Shape{1});
  for (int64_t n = 0; n < rows; ++n) {
    Number mass(0);
    const double weight = weights.empty() ? 1 : double(weights[static_cast<size_t>(n)]);
    for (int64_t k = 0; k < classes; ++k) mass = mass + exp(logits[n * classes + k]);
    for (int64_t i = n * classes; i < (n + 1) * classes; ++i)
      loss[0] = loss[0] - (logits[i] - log(mass)) * (weight * targets[i] / double(rows));
  }
  return loss;
}

namespace {

// The mean of one(output, target).
template <class One>
Array mean_of(const Array& outputs, std::span<const double> targets, One one) {
  Array loss(Shape{1});
  for (size_t i = 0; i < targets.size(); ++i)
    loss[0] = loss[0] + one(outputs[static_cast<int64_t>(i)], targets[i]) / double(targets.size());
  return loss;
}

Number absolute(Number a) { return a.value < 0 ? -a : a; }

}  // namespace

Array squared_error(const Array& outputs, std::span<const double> targets) {
  return mean_of(outputs, targets, [](Number y, double t) { return (y - t) * (y - t); });
}

Array absolute_error(const Array& outputs, std::span<const double> targets) {
  return mean_of(outputs, targets, [](Number y, double t) { return absolute(y - t); });
}

Array huber(const Array& outputs, std::span<const double> targets, double delta) {
  return mean_of(outputs, targets, [delta](Number y, double t) {
    const Number d = absolute(y - t);
    return d.value <= delta ? d * d * 0.5 : (d - delta / 2) * delta;
  });
}

Array binary_cross_entropy(const Array& logits, std::span<const double> targets) {
  return mean_of(logits, targets, [](Number y, double t) {
    const Number share = Number(1) / (Number(1) + exp(-y));
    return -(log(share) * t + log(Number(1) - share) * (1 - t));
  });
}

Array quantise(const Array& x, const Array& bits, const Array& exponents, Levels levels) {
  const int64_t row = x.shape.row();
  Array q(x.shape);
  for (int64_t o = 0; o < x.shape[0]; ++o)
    for (int64_t i = o * row; i < (o + 1) * row; ++i) {
      const Number v = clamp(x[i] * exp2(-exponents[o]), bounds_of(levels, bits[o]));
      q[i] = exp2(exponents[o]) * round_through(v);
    }
  return q;
}

Array quantise_uniform(const Array& x, const Array& exponent, IntegerRange range) {
  Array q(x.shape);
  const Bounds bounds{Number(range.low), Number(range.high)};
  for (int64_t i = 0; i < x.shape.count(); ++i)
    q[i] = exp2(exponent[0]) * round_through(clamp(x[i] * exp2(-exponent[0]), bounds));
  return q;
}

Array rate(const Array& x, const Array& bits, const Array& exponents, Levels levels) {
  const int64_t row = x.shape.row();
  Array total(Shape{1});
  for (int64_t o = 0; o < x.shape[0]; ++o)
    for (int64_t i = o * row; i < (o + 1) * row; ++i) {
      const Number v = clamp(x[i] * exp2(-exponents[o]), bounds_of(levels, bits[o]));
      const Number magnitude = v.value > 0 ? v : (v.value < 0 ? -v : Number(0));
      total[0] = total[0] + log2(1 + 2 * magnitude);
    }
  return total;
}

}  // namespace pare::reference
