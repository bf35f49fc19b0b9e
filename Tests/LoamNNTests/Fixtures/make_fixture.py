"""Exports small PyTorch models, what they compute and what one optimiser step does to them, for Loam's tests; and checks what
Loam wrote.

    python make_fixture.py write FOLDER      writes perceptron, convolutional and assorted .safetensors into FOLDER
    python make_fixture.py check FILE        reads a file written by Loam and recomputes its outputs from its weights

Needs torch (the committed files were made with 2.15.0 on the CPU) and numpy. The safetensors format is read and written here
in a few lines of Python, so that the test compares two independent implementations.

Every file holds `model.<name>` (the state dict before), `inputs.<name>`, `output`, `loss`, `gradient.<name>`, `after.<name>`
(buffers after one forward pass in training mode), and for every optimiser `<optimiser>.<name>`: the parameters after its steps.
"""

import json
import struct
import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn

KINDS = {"F32": np.float32, "F64": np.float64, "I64": np.int64, "I32": np.int32}


def save(path, tensors):
    header, blobs, offset = {}, [], 0
    for name, tensor in tensors.items():
        array = np.array(tensor.detach().numpy(), order="C")
        kind = next(kind for kind, dtype in KINDS.items() if array.dtype == dtype)
        blob = array.tobytes()
        header[name] = {"dtype": kind, "shape": list(array.shape), "data_offsets": [offset, offset + len(blob)]}
        blobs.append(blob)
        offset += len(blob)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    Path(path).write_bytes(struct.pack("<Q", len(text)) + text + b"".join(blobs))


def load(path):
    data = Path(path).read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        start, end = (8 + length + offset for offset in entry["data_offsets"])
        array = np.frombuffer(data[start:end], dtype=KINDS[entry["dtype"]]).reshape(entry["shape"])
        tensors[name] = torch.from_numpy(array.copy())
    return tensors


class Perceptron(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(3, 8)
        self.fc2 = nn.Linear(8, 2)

    def forward(self, x):
        return self.fc2(torch.tanh(self.fc1(x)))


class Convolutional(nn.Module):
    """Convolution, batch normalisation, pooling and a dense head."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(2, 4, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(4)
        self.conv2 = nn.Conv2d(4, 6, 3, stride=2, padding=1)
        self.fc = nn.Linear(6 * 2 * 2, 3)

    def forward(self, x):
        x = torch.relu(self.bn1(self.conv1(x)))
        x = torch.relu(self.conv2(x))
        return self.fc(torch.flatten(nn.functional.max_pool2d(x, 2), 1))


class Assorted(nn.Module):
    """Embedding, group, layer and instance normalisation, transposed convolution."""

    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(7, 16)
        self.norm = nn.LayerNorm(16)
        self.up = nn.ConvTranspose2d(4, 6, 3, stride=2, padding=1, output_padding=1)
        self.gn = nn.GroupNorm(3, 6)
        self.instance = nn.InstanceNorm2d(6, affine=True)

    def forward(self, indices):
        x = self.norm(self.embed(indices)).reshape(indices.shape[0], 4, 4, 4)
        return self.instance(nn.functional.gelu(self.gn(self.up(x)))).mean((2, 3))


OPTIMISERS = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.1),
    "nesterov": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.01, nesterov=True),
    "dampened": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, dampening=0.3),
    "rmsprop": lambda p: torch.optim.RMSprop(p, lr=0.01),
    "centred": lambda p: torch.optim.RMSprop(p, lr=0.01, momentum=0.5, weight_decay=0.01, centered=True),
    "adam": lambda p: torch.optim.Adam(p, lr=0.01, weight_decay=0.01),
    "adamw": lambda p: torch.optim.AdamW(p, lr=0.01, weight_decay=0.1),
}


def record(model, inputs, loss_of):
    tensors = {f"model.{name}": value.clone() for name, value in model.state_dict().items()}
    tensors |= {f"inputs.{name}": value for name, value in inputs.items()}
    model.eval()
    tensors["inference"] = model(inputs["x"]).clone()
    model.train()
    output = model(inputs["x"])
    loss = loss_of(output, inputs["target"])
    loss.backward()
    tensors["output"], tensors["loss"] = output.clone(), loss.clone()
    tensors |= {f"gradient.{name}": value.grad.clone() for name, value in model.named_parameters()}
    tensors |= {f"after.{name}": value.clone() for name, value in model.named_buffers()}
    return tensors


def steps(model, tensors, inputs, loss_of, dtype, count=3):
    """The parameters after `count` steps of every optimiser, each from the same start, and after one call of L-BFGS."""
    start = {name[6:]: value for name, value in tensors.items() if name.startswith("model.")}
    for key, make in OPTIMISERS.items():
        model.load_state_dict(start)
        optimiser = make(model.parameters())
        for _ in range(count):
            optimiser.zero_grad()
            loss_of(model(inputs["x"]), inputs["target"]).backward()
            optimiser.step()
        tensors |= {f"{key}.{name}": value.clone() for name, value in model.named_parameters()}
    if dtype == torch.float64:
        model.load_state_dict(start)
        optimiser = torch.optim.LBFGS(model.parameters(), max_iter=8, line_search_fn="strong_wolfe")

        def closure():
            optimiser.zero_grad()
            loss = loss_of(model(inputs["x"]), inputs["target"])
            loss.backward()
            return loss

        optimiser.step(closure)
        tensors |= {f"lbfgs.{name}": value.clone() for name, value in model.named_parameters()}


def write(folder):
    folder = Path(folder)
    torch.manual_seed(20)
    model = Perceptron().double()
    inputs = {"x": torch.randn(5, 3, dtype=torch.float64), "target": torch.randn(5, 2, dtype=torch.float64)}
    mse = nn.functional.mse_loss
    tensors = record(model, inputs, mse)
    steps(model, tensors, inputs, mse, torch.float64)
    save(folder / "perceptron.safetensors", tensors)

    model = Convolutional()
    inputs = {"x": torch.randn(4, 2, 8, 8), "target": torch.tensor([0, 2, 1, 2])}
    weights = torch.tensor([0.5, 1.0, 2.0])

    def loss_of(output, target):
        return nn.functional.cross_entropy(output, target, weight=weights, label_smoothing=0.1)

    save(folder / "convolutional.safetensors", record(model, inputs, loss_of))

    model = Assorted()
    inputs = {"x": torch.tensor([[1, 0, 6, 3], [2, 2, 5, 4]]), "target": torch.rand(2, 6)}
    save(folder / "assorted.safetensors", record(model, inputs, nn.functional.binary_cross_entropy_with_logits))

    torch.manual_seed(21)
    logits, labels = torch.randn(6, 4, dtype=torch.float64), torch.tensor([0, 3, 1, -100, 2, 3])
    weights = torch.tensor([0.5, 1.0, 2.0, 0.25], dtype=torch.float64)
    volume, dense = torch.randn(2, 3, 5, dtype=torch.float64), torch.tensor([[0, 2, 1, -100, 1], [2, 2, 0, 1, -100]])
    p, q = torch.softmax(torch.randn(3, 4, dtype=torch.float64), 1), torch.log_softmax(torch.randn(3, 4, dtype=torch.float64), 1)
    a, b = 3 * torch.randn(12, dtype=torch.float64), torch.rand(12, dtype=torch.float64)
    f = nn.functional
    save(folder / "losses.safetensors", {
        "logits": logits, "labels": labels, "weights": weights, "volume": volume, "dense": dense, "p": p, "q": q, "a": a, "b": b,
        "cross_entropy": f.cross_entropy(logits, labels),
        "cross_entropy_sum": f.cross_entropy(logits, labels, reduction="sum"),
        "cross_entropy_none": f.cross_entropy(logits, labels, weight=weights, label_smoothing=0.2, reduction="none"),
        "cross_entropy_weighted": f.cross_entropy(logits, labels, weight=weights, label_smoothing=0.2),
        "cross_entropy_volume": f.cross_entropy(volume, dense, label_smoothing=0.1),
        "cross_entropy_probabilities": f.cross_entropy(logits[:3], p),
        "nll": f.nll_loss(torch.log_softmax(logits, 1), labels, weight=weights),
        "kl": f.kl_div(q, p, reduction="batchmean"),
        "huber": f.huber_loss(a, b, delta=1.5),
        "smooth_l1": f.smooth_l1_loss(a, b, beta=0.7),
        "l1": f.l1_loss(a, b),
        "mse": f.mse_loss(a, b),
        "bce": f.binary_cross_entropy_with_logits(a, b),
        "bce_weighted": f.binary_cross_entropy_with_logits(a, b, pos_weight=torch.tensor(3.0, dtype=torch.float64), reduction="sum"),
    })


def check(path):
    tensors = load(path)
    model = Convolutional()
    model.load_state_dict({name[6:]: value for name, value in tensors.items() if name.startswith("model.")})
    model.eval()
    difference = (model(tensors["inputs.x"]) - tensors["inference"]).abs().max().item()
    print(f"largest difference of outputs: {difference:.2e}")
    sys.exit(0 if difference < 1e-5 else 1)


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in ("write", "check"):
        sys.exit(__doc__)
    (write if sys.argv[1] == "write" else check)(sys.argv[2])
