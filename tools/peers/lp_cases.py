"""A training step of the implicit graph network for linear programs, in PyTorch and in several forms: the fastest counts.

`tools/src/peers/lp-step.ts` has the same. All forms compute the same function; features are [batch * nodes, features] throughout.
"""

import math

import torch
import torch.nn.functional as F

from serving import Case, integers, noise

BATCH, ROWS, COLUMNS, NONZEROS = 100, 10, 50, 100
UNDIFFERENTIATED, DIFFERENTIATED = 9, 3
RATE, CLIP_NORM, AVERAGE_DECAY = 1e-2, 1.0, 0.995
COST_SCALE, VALUE_SCALE = 100.0, 10.0


def programs():
    """A batch of the paper's sizes, every row with as many coefficients, at different places."""
    spacing = ROWS * COLUMNS // NONZEROS
    places = spacing * torch.arange(NONZEROS) + integers(BATCH * NONZEROS, spacing).view(BATCH, NONZEROS)
    values = noise(BATCH, NONZEROS, scale=math.sqrt(3), offset=1.0)
    bounds = [noise(BATCH, COLUMNS, scale=17.0, offset=offset) for offset in (2.0, 3.0)]
    return {
        "matrix": torch.zeros(BATCH, ROWS * COLUMNS).scatter_(1, places, values).view(BATCH, ROWS, COLUMNS),
        "lower": torch.minimum(*bounds),
        "upper": torch.maximum(*bounds),
        "cost": noise(BATCH, COLUMNS, scale=0.01, offset=4.0),
        "side": noise(BATCH, ROWS, offset=5.0),
        "is_equality": (noise(BATCH, ROWS, offset=6.0) > 0.4).float(),
        "optimum": noise(BATCH, COLUMNS, scale=10.0, offset=7.0),
    }


def shapes_of(e):
    """The shapes of all parameters by their names, in alphabetical order, in which both sides number them."""
    a, b = e, e + 1
    dense = lambda name, n_in, n_out, bias=True: {
        f"{name}.W": (n_in, n_out),
        **({f"{name}.b": (n_out,)} if bias else {}),
    }
    two = lambda name, n_in, n_out, bias=True: {
        **dense(f"{name}.first", n_in, n_out, bias),
        **dense(f"{name}.second", n_out, n_out),
    }
    shapes = {
        **dense("embedding.constraints", 2, e),
        **dense("embedding.variables", 3, e),
        **dense("state", b, 1),
        **dense("decoder.first", b, e),
        **dense("decoder.second", e, 1, False),
    }
    for half in range(4):
        name, out = f"halves.{half}", (a, b)[half % 2]
        shapes.update(two(f"{name}.constraints", a, a))
        shapes.update(two(f"{name}.variables", b, b, False))
        shapes.update(two(f"{name}.output", a + b, out))
    return dict(sorted(shapes.items()))


def parameters(shapes):
    scale = lambda shape: math.sqrt(3 / shape[0]) if len(shape) == 2 else 0.5
    return [noise(*shape, scale=scale(shape), offset=float(i)) for i, shape in enumerate(shapes.values())]


def dense_edges(matrix):
    """Batched products with the matrices."""
    transposed = matrix.transpose(1, 2)
    to_rows = lambda v: torch.bmm(matrix, v.view(BATCH, COLUMNS, -1)).view(BATCH * ROWS, -1)
    to_columns = lambda u: torch.bmm(transposed, u.view(BATCH, ROWS, -1)).view(BATCH * COLUMNS, -1)
    return to_rows, to_columns


def scattered_edges(matrix):
    """A message for each edge, summed where it arrives."""
    batch, row, column = matrix.nonzero(as_tuple=True)
    row, column, weight = batch * ROWS + row, batch * COLUMNS + column, matrix[matrix != 0][:, None]

    def passed(x, start, end, count):
        return torch.zeros(count, x.shape[1]).index_add(0, end, x.index_select(0, start) * weight)

    to_rows = lambda v: passed(v, column, row, BATCH * ROWS)
    to_columns = lambda u: passed(u, row, column, BATCH * COLUMNS)
    return to_rows, to_columns


def sparse_edges(matrix):
    """Products with one sparse matrix of all programs, which PyTorch has."""
    batch, row, column = matrix.nonzero(as_tuple=True)
    places = torch.stack([batch * ROWS + row, batch * COLUMNS + column])
    whole = torch.sparse_coo_tensor(places, matrix[matrix != 0], (BATCH * ROWS, BATCH * COLUMNS)).coalesce()
    back = whole.t().coalesce()
    return lambda v: torch.sparse.mm(whole, v), lambda u: torch.sparse.mm(back, u)


def layer(p, name, x):
    weight, bias = p[f"{name}.W"], p.get(f"{name}.b")
    return x @ weight if bias is None else torch.addmm(bias, x, weight)


def two_layers(p, name, x):
    return layer(p, f"{name}.second", layer(p, f"{name}.first", x).relu_())


def plain(p, constraints, variables, edges):
    """The network layer by layer; gives the map of the state."""

    def half(name, c, v, is_to_rows):
        sent_c, sent_v = two_layers(p, f"{name}.constraints", c), two_layers(p, f"{name}.variables", v)
        met = [edges[0](sent_v), sent_c] if is_to_rows else [edges[1](sent_c), sent_v]
        return two_layers(p, f"{name}.output", torch.cat(met, 1)).relu_()

    def step(z):
        c, v = constraints, torch.cat([variables, z], 1)
        for i in range(4):
            name, is_to_rows = f"halves.{i}", i % 2 == 0
            new = half(name, c, v, is_to_rows)
            c, v = (new, v) if is_to_rows else (c, new)
        return layer(p, "state", v)

    return step


def folded(p, constraints, variables, edges):
    """Neighbouring linear layers multiplied with each other, and what does not change between iterations computed once: our form."""
    e = constraints.shape[1]
    to_rows, to_columns = edges
    sums = to_rows(torch.ones(BATCH * COLUMNS, 1))
    halves = []
    for i in range(4):
        name, (sending, own) = f"halves.{i}", ("variables", "constraints") if i % 2 == 0 else ("constraints", "variables")
        out, width = p[f"{name}.output.first.W"], p[f"{name}.{sending}.second.W"].shape[1]
        through = lambda side, rows: (p[f"{name}.{side}.second.W"] @ rows, p[f"{name}.{side}.second.b"] @ rows)
        (message, shift), (kept, bias) = through(sending, out[:width]), through(own, out[width:])
        halves.append((message, shift, kept, bias + p[f"{name}.output.first.b"]))
    first_u = layer(p, "halves.0.constraints.first", constraints).relu_()
    first_kept = first_u @ halves[0][2] + halves[0][3] + sums * halves[0][1]
    still = [variables @ p[f"halves.{i}.variables.first.W"][:e] for i in range(2)]
    moving = [p[f"halves.{i}.variables.first.W"][e:] for i in range(2)]
    finish = lambda i, total: layer(p, f"halves.{i}.output.second", total.relu_()).relu_()

    def to_constraints(i, kept, v):
        return finish(i, torch.addmm(kept, to_rows(v), halves[i][0]))

    def to_variables(i, c, v):
        message, shift, kept, bias = halves[i]
        sent = torch.addmm(shift, layer(p, f"halves.{i}.constraints.first", c).relu_(), message)
        return finish(i, torch.addmm(bias, v, kept).add_(to_columns(sent)))

    def step(z):
        c = to_constraints(0, first_kept, torch.addmm(still[0], z, moving[0]).relu_())
        v = to_variables(1, c, torch.addmm(still[1], z, moving[1]).relu_())
        u = layer(p, "halves.2.constraints.first", c).relu_()
        kept = torch.addmm(halves[2][3], u, halves[2][2]).add_(sums * halves[2][1])
        c = to_constraints(2, kept, (v @ p["halves.2.variables.first.W"]).relu_())
        v = to_variables(3, c, (v @ p["halves.3.variables.first.W"]).relu_())
        return layer(p, "state", v)

    return step


def loss_of(p, batch, edges, network):
    column = lambda *parts: torch.stack([part.reshape(-1) for part in parts], 1)
    given = [batch["cost"] * COST_SCALE, batch["lower"] / VALUE_SCALE, batch["upper"] / VALUE_SCALE]
    constraints = layer(p, "embedding.constraints", column(batch["side"], batch["is_equality"])).relu_()
    variables = layer(p, "embedding.variables", column(*given)).relu_()
    step = network(p, constraints, variables, edges)
    optimum = batch["optimum"]
    size = torch.linalg.vector_norm(optimum, dim=1) + 1

    def error(z):
        hidden = layer(p, "decoder.first", torch.cat([variables, z], 1)).relu_()
        answer = layer(p, "decoder.second", hidden).view_as(optimum) * VALUE_SCALE
        return (((answer - optimum).square().sum(1) + 1e-6).sqrt() / size).mean()

    z = torch.zeros(BATCH * COLUMNS, 1)
    with torch.no_grad():
        for _ in range(UNDIFFERENTIATED):
            z = step(z)
    total = 0.0
    for _ in range(DIFFERENTIATED):
        z = step(z)
        total = total + error(z)
    return total / DIFFERENTIATED


def training(e, edges_of, network):
    """All parameters are views of one vector, so that clipping, Adam and the average are a few operations."""

    def case():
        batch, shapes = programs(), shapes_of(e)
        edges = edges_of(batch["matrix"])
        initial = torch.cat([value.reshape(-1) for value in parameters(shapes)])
        sizes = [math.prod(shape) for shape in shapes.values()]
        flat, average = initial.clone().requires_grad_(True), initial.clone()
        state = {}

        def reset():
            flat.copy_(initial), average.copy_(initial)
            state.update(optimiser=torch.optim.Adam([flat], lr=RATE), updates=0)

        def run():
            with torch.enable_grad():
                pieces = zip(shapes.items(), flat.split(sizes))
                loss = loss_of({name: piece.view(shape) for (name, shape), piece in pieces}, batch, edges, network)
                (flat.grad,) = torch.autograd.grad(loss, flat)
            norm = torch.nn.utils.clip_grad_norm_([flat], CLIP_NORM)
            state["optimiser"].step()
            updates = state["updates"]
            average.lerp_(flat, 1 - min(AVERAGE_DECAY, (1 + updates) / (10 + updates)))
            state["updates"] = updates + 1
            return loss, norm

        def compared(result):
            means = state["optimiser"].state[flat]["exp_avg"].split(sizes)
            return [*[value.detach() for value in result], *means, flat.detach() - initial, average - initial]

        reset()
        return Case(run, reset, compared)

    return case


FORMS = {
    "layers, dense": (dense_edges, plain),
    "layers, scattered": (scattered_edges, plain),
    "layers, sparse": (sparse_edges, plain),
    "folded, dense": (dense_edges, folded),
}

CASES = {
    f"lp-step-{e}/{name}": training(e, edges_of, network)
    for e in (8, 32)
    for name, (edges_of, network) in FORMS.items()
}
