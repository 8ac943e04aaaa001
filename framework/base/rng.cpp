#include "framework/base/rng.h"

#include <cmath>
#include <numbers>
#include <utility>

#include "framework/base/error.h"

namespace pare {
namespace {

// FNV-1a over the sequence's name, then a splitmix64 finish so that nearby seeds give unrelated keys.
uint64_t mix(uint64_t seed, std::string_view sequence) {
  uint64_t hash = 0xCBF29CE484222325ull;
  for (const char c : sequence) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3ull;
  hash ^= seed * 0x9E3779B97F4A7C15ull;
  hash = (hash ^ (hash >> 30)) * 0xBF58476D1CE4E5B9ull;
  hash = (hash ^ (hash >> 27)) * 0x94D049BB133111EBull;
  return hash ^ (hash >> 31);
}

// Ten rounds of Philox4x32.
std::array<uint32_t, 4> philox(std::array<uint32_t, 4> c, std::array<uint32_t, 2> k) {
  for (int round = 0; round < 10; ++round) {
    const uint64_t a = uint64_t{0xD2511F53u} * c[0];
    const uint64_t b = uint64_t{0xCD9E8D57u} * c[2];
    c = {static_cast<uint32_t>(b >> 32) ^ c[1] ^ k[0], static_cast<uint32_t>(b),
         static_cast<uint32_t>(a >> 32) ^ c[3] ^ k[1], static_cast<uint32_t>(a)};
    k[0] += 0x9E3779B9u;
    k[1] += 0xBB67AE85u;
  }
  return c;
}

}  // namespace

Rng::Rng(uint64_t seed, std::string_view sequence, uint64_t index) {
  const uint64_t key = mix(seed, sequence);
  key_ = {static_cast<uint32_t>(key), static_cast<uint32_t>(key >> 32)};
  counter_ = {0, 0, static_cast<uint32_t>(index), static_cast<uint32_t>(index >> 32)};
}

uint32_t Rng::bits() {
  if (used_ == 4) {
    block_ = philox(counter_, key_);
    if (++counter_[0] == 0) ++counter_[1];
    used_ = 0;
  }
  return block_[used_++];
}

float Rng::uniform() { return static_cast<float>(bits() >> 8) * 0x1p-24f; }

float Rng::uniform(float low, float high) { return low + (high - low) * uniform(); }

// Box-Muller; the second number of the pair is thrown away to keep the state a plain counter.
float Rng::normal() {
  const double radius = std::sqrt(-2.0 * std::log((bits() + 1.0) * 0x1p-32));
  return static_cast<float>(radius * std::cos(2.0 * std::numbers::pi * bits() * 0x1p-32));
}

// Lemire, "Fast random integer generation in an interval" (2019).
uint32_t Rng::below(uint32_t bound) {
  check(bound > 0, "rng: below(0)");
  uint64_t product = uint64_t{bits()} * bound;
  if (static_cast<uint32_t>(product) < bound) {
    const uint32_t threshold = -bound % bound;
    while (static_cast<uint32_t>(product) < threshold) product = uint64_t{bits()} * bound;
  }
  return static_cast<uint32_t>(product >> 32);
}

void Rng::shuffle(std::span<int> items) {
  for (size_t left = items.size(); left > 1; --left)
    std::swap(items[left - 1], items[below(static_cast<uint32_t>(left))]);
}

}  // namespace pare
