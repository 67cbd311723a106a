"""The cases of `npm run bench:compile` in PyTorch: a process that times what it is told to."""

import math

import torch
import torch.nn.functional as F

from serving import integers, large_product, numbers, serve


def tanh_loop():
    w, x = numbers(64, 64, scale=0.05), numbers(16, 64)

    def run():
        z = torch.zeros(16, 64)
        for _ in range(100):
            z = torch.tanh(torch.addmm(x, z, w))
        return z

    return run


def conv_parts():
    w1 = numbers(64, 64, 3, 3, scale=0.05)
    w2 = numbers(64, 64, 3, 3, scale=0.05, offset=1.0)
    return numbers(1, 64, 128, 128), numbers(1, 64, 128, 128, offset=2.0), w1, w2


def conv(z, x, w1, w2):
    return F.relu(F.conv2d(F.relu(F.conv2d(z, w1, padding=1)), w2, padding=1) + x)


def conv_forward():
    z, x, w1, w2 = conv_parts()
    return lambda: conv(z, x, w1, w2)


def conv_gradient():
    z, x, w1, w2 = conv_parts()
    w1.requires_grad_(True)
    w2.requires_grad_(True)

    def run():
        with torch.enable_grad():
            loss = conv(z, x, w1, w2).sum()
            return sum(g.sum() for g in torch.autograd.grad(loss, (w1, w2)))

    return run


MODES = 12


def fourier(x, weights):
    batch, channels, height, width = x.shape
    spectrum = torch.fft.rfft2(x)
    kept = torch.cat([spectrum[:, :, :MODES, :MODES], spectrum[:, :, -MODES:, :MODES]], dim=2)
    mixed = torch.einsum("bixy,ioxy->boxy", kept, weights)
    full = torch.zeros(batch, channels, height, width // 2 + 1, dtype=torch.cfloat)
    full[:, :, :MODES, :MODES] = mixed[:, :, :MODES]
    full[:, :, -MODES:, :MODES] = mixed[:, :, MODES:]
    return torch.fft.irfft2(full, s=(height, width))


def fourier_parts():
    parts = numbers(2, 32, 32, 2 * MODES, MODES, scale=0.05)
    return numbers(8, 32, 64, 64), torch.complex(parts[0], parts[1])


def fourier_forward():
    x, weights = fourier_parts()
    return lambda: fourier(x, weights)


def fourier_gradient():
    x, weights = fourier_parts()
    x.requires_grad_(True)
    weights.requires_grad_(True)

    def run():
        with torch.enable_grad():
            loss = (fourier(x, weights) ** 2).sum()
            grads = torch.autograd.grad(loss, (x, weights))
            return grads[0]

    return run


def message_passing():
    edges, nodes, width = 100_000, 5_000, 32
    values, weight = numbers(nodes, width), numbers(edges, 1)
    source, target = integers(edges, nodes), integers(edges, nodes).flip(0)

    def run():
        out = torch.zeros(nodes, width)
        return out.index_add_(0, target, values[source] * weight)

    return run


HEADS = 8


def transformer_parts():
    shapes = {"qkv": (256, 768), "out": (256, 256), "up": (256, 1024), "down": (1024, 256)}
    return numbers(8, 128, 256), {name: numbers(*shape, scale=0.03) for name, shape in shapes.items()}


def transformer(x, p):
    batch, tokens, features = x.shape
    h = F.layer_norm(x, (features,))
    q, k, v = (h @ p["qkv"]).chunk(3, dim=-1)
    split = lambda t: t.view(batch, tokens, HEADS, features // HEADS).transpose(1, 2)
    scores = split(q) @ split(k).transpose(-1, -2) / math.sqrt(features // HEADS)
    seen = (scores.softmax(-1) @ split(v)).transpose(1, 2).reshape(batch, tokens, features)
    x = x + seen @ p["out"]
    return x + F.relu(F.layer_norm(x, (features,)) @ p["up"]) @ p["down"]


def transformer_forward():
    x, p = transformer_parts()
    return lambda: transformer(x, p)


def transformer_step():
    x, p = transformer_parts()
    for value in p.values():
        value.requires_grad_(True)

    def run():
        with torch.enable_grad():
            loss = (transformer(x, p) ** 2).mean()
            grads = torch.autograd.grad(loss, list(p.values()))
        return torch.stack([(w - 0.1 * g).sum() for w, g in zip(p.values(), grads)])

    return run


CASES = {
    "tanh-loop": tanh_loop,
    "conv-forward": conv_forward,
    "conv-gradient": conv_gradient,
    "fourier-forward": fourier_forward,
    "fourier-gradient": fourier_gradient,
    "message-passing": message_passing,
    "transformer-forward": transformer_forward,
    "transformer-step": transformer_step,
    "large-product": large_product,
}


if __name__ == "__main__":
    serve(CASES, {})
