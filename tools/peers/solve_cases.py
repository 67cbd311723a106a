"""The cases of `npm run peers` in PyTorch: whole solves and whole training steps, as its users write them.

Solves are off the tape. A training step solves, differentiates at the solution (one step from it: Jacobian-free; or by the adjoint
fixed point, with the one graph of one evaluation), and updates the parameters in place. With torchdeq installed, the solves are
timed with its solver too.
"""

import math

import torch
import torch.nn.functional as F

from compile_cases import HEADS, MODES, fourier, tanh_loop
from lp_cases import CASES as LP_CASES
from serving import Case, integers, large_product, noise, serve

try:
    import torchdeq
except ImportError:
    torchdeq = None

ABSOLUTE, RELATIVE, MOST = 1e-6, 1e-4, 100
RATE = 0.1


def sizes(z):
    """The norm of each sample."""
    return torch.linalg.vector_norm(z, dim=tuple(range(1, z.dim())))


def solve(f, z):
    """Picard iteration; a sample that has converged stays as it is. Gives the point and the steps to it."""
    batch = z.shape[0]
    done = torch.zeros(batch, dtype=torch.bool)
    for step in range(MOST):
        image = f(z)
        residual = sizes(image - z)
        done |= residual <= ABSOLUTE + RELATIVE * sizes(image)
        if done.all():
            return z, step
        # A batch of one has nobody to wait for.
        z = image if batch == 1 else torch.where(done.view(-1, *[1] * (z.dim() - 1)), z, image)
    return z, MOST


class Operator:
    """z = map(z, *params), from zeros of a shape; `target` is what a training step fits."""

    def __init__(self, map, params, shape, target=None, layout=torch.contiguous_format):
        self.map, self.params, self.target = map, params, target
        self.start = torch.zeros(*shape).contiguous(memory_format=layout)


def solving(make):
    def case():
        operator = make()

        def run():
            with torch.inference_mode():
                return solve(lambda z: operator.map(z, *operator.params), operator.start)

        return Case(run, compared=lambda result: [result[0], torch.tensor(result[1])])

    return case


def training(make, differentiate):
    def case():
        operator = make()
        params = [p.requires_grad_(True) for p in operator.params]
        initial = [p.detach().clone() for p in params]

        def reset():
            for p, value in zip(params, initial):
                p.copy_(value)

        def run():
            z, steps = solve(lambda at: operator.map(at, *params), operator.start)
            loss, grads, adjoint_steps = differentiate(operator, z, params)
            for p, g in zip(params, grads):
                p.sub_(g, alpha=RATE)
            return loss, steps, adjoint_steps

        def compared(result):
            loss, *counts = result
            parts = lambda t: torch.view_as_real(t) if t.is_complex() else t
            changes = [parts(p.detach() - value) for p, value in zip(params, initial)]
            return [loss.detach(), *changes, *[torch.tensor(count) for count in counts]]

        return Case(run, reset, compared)

    return case


def jacobian_free(operator, z, params):
    with torch.enable_grad():
        loss = F.mse_loss(operator.map(z, *params), operator.target)
        return loss, torch.autograd.grad(loss, params), 0


def implicit(operator, z, params):
    z.requires_grad_(True)
    with torch.enable_grad():
        loss = F.mse_loss(z, operator.target)
        (slope,) = torch.autograd.grad(loss, z)
        image = operator.map(z, *params)
    scale = sizes(slope).view(-1, *[1] * (z.dim() - 1))
    source = slope / scale
    step = lambda u: torch.autograd.grad(image, z, u, retain_graph=True)[0].add_(source)
    u, steps = solve(step, source)
    return loss, torch.autograd.grad(image, params, u * scale), steps


def with_torchdeq(make):
    """The solve alone; its result is the iterate with the least residual."""

    def case():
        operator = make()
        options = {"f_solver": "fixed_point_iter", "f_max_iter": MOST, "f_tol": RELATIVE, "stop_mode": "rel"}
        deq = torchdeq.get_deq(**options)
        deq.eval()

        def run():
            points, _info = deq(lambda z: operator.map(z, *operator.params), operator.start)
            return points[-1]

        return Case(run)

    return case


def tanh(batch, width, scale, size):
    def make():
        w, x = noise(width, width, scale=scale), noise(batch, width, scale=size, offset=1.0)
        return Operator(lambda z, w: torch.addmm(x, z, w).tanh_(), [w], (batch, width))

    return make


def conv(layout):
    def make():
        w1 = noise(64, 64, 3, 3, scale=0.085).contiguous(memory_format=layout)
        w2 = noise(64, 64, 3, 3, scale=0.085, offset=1.0).contiguous(memory_format=layout)
        x = noise(1, 64, 128, 128, offset=2.0).contiguous(memory_format=layout)
        target = noise(1, 64, 128, 128, offset=3.0).contiguous(memory_format=layout)

        def map(z, w1, w2):
            hidden = F.conv2d(z, w1, padding=1).relu_()
            return F.conv2d(hidden, w2, padding=1).add_(x).relu_()

        return Operator(map, [w1, w2], (1, 64, 128, 128), target, layout)

    return make


def spectral():
    parts = noise(2, 32, 32, 2 * MODES, MODES, scale=0.12)
    weights, mix = torch.complex(parts[0], parts[1]), noise(32, 32, 1, 1, scale=0.12, offset=1.0)
    x, target = noise(8, 32, 64, 64, offset=2.0), noise(8, 32, 64, 64, offset=3.0)
    map = lambda z, weights, mix: fourier(z, weights).add_(F.conv2d(z, mix)).add_(x).tanh_()
    return Operator(map, [weights, mix], (8, 32, 64, 64), target)


VARIABLES, ROWS, EDGES, WIDTH = 5_000, 4_000, 100_000, 32


def graph(scale):
    variable, row = integers(EDGES, VARIABLES), integers(EDGES, ROWS).flip(0)
    parts = [noise(WIDTH, WIDTH, scale=0.25, offset=float(i)) for i in range(2)]
    x = noise(VARIABLES, WIDTH, offset=2.0)
    return variable, row, noise(EDGES, 1, scale=scale, offset=4.0), parts, x, noise(1, VARIABLES, WIDTH, offset=3.0)


def messages():
    """Each message is a function of both ends of its edge."""
    variable, row, weight, params, x, target = graph(0.07)
    b = noise(ROWS, WIDTH, offset=5.0)

    def map(z, to_rows, to_variables):
        sent = (z[0] @ to_rows).index_select(0, variable)
        seen = sent.add_(b.index_select(0, row)).relu_() * weight
        rows = torch.zeros(ROWS, WIDTH).index_add_(0, row, seen)
        back = (rows @ to_variables).index_select(0, row)
        heard = back.add_(z[0].index_select(0, variable)).relu_() * weight
        return torch.zeros(VARIABLES, WIDTH).index_add_(0, variable, heard).add_(x).tanh_()[None]

    return Operator(map, params, (1, VARIABLES, WIDTH), target)


def linear_messages():
    """Messages that are multiples of what is sent: products with a sparse matrix, which PyTorch has."""
    variable, row, weight, params, x, target = graph(0.2)
    places, values = torch.stack([row, variable]), weight[:, 0]
    to = torch.sparse_coo_tensor(places, values, (ROWS, VARIABLES)).coalesce()
    back = to.t().coalesce()

    def map(z, to_rows, to_variables):
        rows = torch.sparse.mm(to, z[0] @ to_rows).tanh_()
        return torch.sparse.mm(back, rows @ to_variables).add_(x).tanh_()[None]

    return Operator(map, params, (1, VARIABLES, WIDTH), target)


def transformer():
    shapes = [(256, 768), (256, 256), (256, 1024), (1024, 256)]
    params = [noise(*shape, scale=0.05, offset=float(i)) for i, shape in enumerate(shapes)]
    x, target = noise(8, 128, 256, scale=3.0, offset=5.0), noise(8, 128, 256, offset=6.0)
    batch, tokens, features = x.shape
    split = lambda t: t.view(batch, tokens, HEADS, features // HEADS).transpose(1, 2)

    def map(z, qkv, out, up, down):
        q, k, v = (z @ qkv).chunk(3, dim=-1)
        scores = split(q) @ split(k).transpose(-1, -2) / math.sqrt(features // HEADS)
        seen = (scores.softmax(-1) @ split(v)).transpose(1, 2).reshape(batch, tokens, features)
        y = F.layer_norm((seen @ out).add_(z).add_(x), (features,))
        return F.layer_norm(((y @ up).relu_() @ down).add_(y), (features,))

    return Operator(map, params, (8, 128, 256), target)


OPERATORS = {
    "conv": conv(torch.channels_last),
    "fourier": spectral,
    "messages": messages,
    "linear-messages": linear_messages,
    "transformer": transformer,
}
SMALL, LARGE = tanh(16, 64, 0.205, 0.01), tanh(64, 512, 0.046, 1.0)
TANH = {"tanh-solve": SMALL, "tanh-solve-verdicts": SMALL, "tanh-solve-large": LARGE}
SOLVES = {**TANH, **{f"{name}-solve": make for name, make in OPERATORS.items()}}

CASES = {
    "tanh-bare": tanh_loop,
    **{name: solving(make) for name, make in SOLVES.items()},
    **{f"{name}-step-jfb": training(make, jacobian_free) for name, make in OPERATORS.items()},
    **{f"{name}-step-implicit": training(make, implicit) for name, make in OPERATORS.items()},
    **({f"{name}@torchdeq": with_torchdeq(make) for name, make in SOLVES.items()} if torchdeq else {}),
    **LP_CASES,
    "large-product": large_product,
}

if __name__ == "__main__":
    serve(CASES, {"torchdeq": torchdeq.__version__} if torchdeq else {})
