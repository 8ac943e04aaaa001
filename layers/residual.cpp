#include "layers/residual.h"

#include "layers/graph/graph.h"

namespace pare {

void ResidualConfig::describe(Fields& fields) {
  describe_node(fields);
  fields.variants("body", body, layer_table(), "layers of the main path", Need::Required);
  fields.variants("shortcut", shortcut, layer_table(), "layers of the other path; none: the input itself");
}

int ResidualConfig::expand(GraphBuilder& builder, const Variant<LayerConfig>& self,
                           const std::vector<int>& inputs) const {
  require(!body.empty(), Failure::Usage, "network: the body of layer ", builder.place(), ".", self.kind,
          " is empty; give it a layer, or leave the residual out");
  require(inputs.size() == 1, Failure::Usage, "network: layer ", name_at(builder.place(), self.kind), " has ",
          inputs.size(), " inputs, but a residual takes 1");
  const int main = builder.add_all(body, inputs[0], "body");
  const int other = builder.add_all(shortcut, inputs[0], "shortcut");
  Variant<LayerConfig> sum = choose(layer_table(), "add");
  sum->name = name;
  return builder.add(std::move(sum), {main, other}, self.kind);
}

}  // namespace pare
