// The differences between oneDNN 2 and 3. No other file depends on the version.
#pragma once

#include "framework/kernels/onednn/engine.h"

namespace pare::onednn {

// Faults of version 2 that version 3 does not have; convolution.cpp says which.
constexpr bool kHasFaultsOfVersion2 = DNNL_VERSION_MAJOR < 3;

// Version 2 makes a descriptor of the operation first, and then one of the primitive that carries it out;
// version 3 makes the second at once. Only the pooling of version 3, and the second one of version 2, takes a
// dilation; 0 is none.
#if DNNL_VERSION_MAJOR < 3

using PoolingForward = dnnl::pooling_v2_forward;
using PoolingBackward = dnnl::pooling_v2_backward;

template <class Primitive, class... Arguments>
typename Primitive::primitive_desc descriptor_of(const dnnl::primitive_attr& attributes,
                                                 const Arguments&... arguments) {
  return {typename Primitive::desc(arguments...), attributes, engine()};
}

// Of a backward primitive, which wants to know the forward one's.
template <class Primitive, class Forward, class... Arguments>
typename Primitive::primitive_desc backward_descriptor_of(const Forward& forward,
                                                          const Arguments&... arguments) {
  return {typename Primitive::desc(arguments...), attributes(), engine(), forward};
}

#else

using PoolingForward = dnnl::pooling_forward;
using PoolingBackward = dnnl::pooling_backward;

template <class Primitive, class... Arguments>
typename Primitive::primitive_desc descriptor_of(const dnnl::primitive_attr& attributes,
                                                 const Arguments&... arguments) {
  return {engine(), arguments..., attributes};
}

template <class Primitive, class Forward, class... Arguments>
typename Primitive::primitive_desc backward_descriptor_of(const Forward& forward,
                                                          const Arguments&... arguments) {
  return {engine(), arguments..., forward, attributes()};
}

#endif

}  // namespace pare::onednn
