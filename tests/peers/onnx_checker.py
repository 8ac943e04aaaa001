"""onnx_checker.py MODEL [COUNT]: the reference checker accepts the model, which holds COUNT int8 tensors."""
import sys

import onnx

model = onnx.load(sys.argv[1])
onnx.checker.check_model(model, full_check=True)
assert [entry.version for entry in model.opset_import] == [13], model.opset_import
assert model.ir_version == 7
assert [port.name for port in model.graph.input] == ["images"]
assert [port.name for port in model.graph.output] == ["scores"]
assert {"data", "classes", "input"} <= {entry.key for entry in model.metadata_props}
integers = [t.name for t in model.graph.initializer if t.data_type == onnx.TensorProto.INT8 and t.dims]  # zero points have none
dequantised = [n.name for n in model.graph.node if n.op_type == "DequantizeLinear" and n.input[0] in integers]
assert len(integers) == len(dequantised), (integers, dequantised)
assert len(sys.argv) < 3 or len(integers) == int(sys.argv[2]), integers
print(f"onnx {onnx.__version__}: ok, {len(model.graph.node)} nodes, int8: {integers}")
