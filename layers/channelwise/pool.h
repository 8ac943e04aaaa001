// max_pool, average_pool and global_average_pool.
#pragma once

#include "framework/kernels/pooling/pooling.h"
#include "layers/layer.h"

namespace pare {

struct PoolConfig : LayerConfig {
  explicit PoolConfig(PoolKind pool_kind) : kind(pool_kind) {}
  PoolKind kind;
  PerAxis size = 2;
  PerAxis stride = 0;
  PerAxis padding = 0;

  void describe(Fields& fields) override;
  std::unique_ptr<Layer> build(const Site& site) const override;
};

struct MaxPoolConfig : PoolConfig {
  MaxPoolConfig() : PoolConfig(PoolKind::Max) {}
};
struct AveragePoolConfig : PoolConfig {
  AveragePoolConfig() : PoolConfig(PoolKind::Average) {}
};

// The mean over each channel's whole image: (H,W,C) -> (1,1,C)
struct GlobalAveragePoolConfig : LayerConfig {
  std::unique_ptr<Layer> build(const Site& site) const override;
};

}  // namespace pare
