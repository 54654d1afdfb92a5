"""The objectives, as pure functions on tensors. Everything is a mean over rows, in nats."""

import itertools
import math

import tensorflow as tf

from infogan_keras.latents import Categorical, Circular
from infogan_keras.views import Hue, Mirror, Turn


def discriminator_loss(real_logits, fake_logits):
    """-E[log D(real)] - E[log(1 - D(fake))], from logits (paper, Eq. 1; release, `infogan_trainer.py`).

    Args:
        real_logits: D's logits on real images, any shape.
        fake_logits: D's logits on generated images, any shape.

    Returns:
        A scalar; 2 ln 2 = 1.386 for a discriminator that cannot tell.
    """
    return tf.reduce_mean(tf.nn.softplus(-real_logits)) + tf.reduce_mean(tf.nn.softplus(fake_logits))


def generator_loss(fake_logits):
    """-E[log D(fake)], the non-saturating loss of the release, from logits.

    Returns:
        A scalar; ln 2 = 0.693 for a discriminator that cannot tell.
    """
    return tf.reduce_mean(tf.nn.softplus(-fake_logits))


def cross_entropy(spec, latents, posteriors):
    """-E[log q(c|x)] of each code.

    Args:
        spec: the `LatentSpec`.
        latents: `{code: (rows, size)}`, what the images were generated from.
        posteriors: `{code: (rows, posterior_size)}`, Q's raw outputs on those images.

    Returns:
        `{code: scalar}`.
    """
    return {
        name: -tf.reduce_mean(code.log_likelihood(latents[name], posteriors[name])) for name, code in spec.codes.items()
    }


def consistency(spec, on_images, on_views):
    """-E[Σ q(c|x) log q(c|x')] of each categorical code, x' another view of the real image x.

    It is the entropy of q(c|x) plus its divergence from q(c|x'), so it is small where Q is sure, and says the same of
    both. Gradients flow into both: with q(c|x) held constant, guesses that are even have none, and Q is slow to leave
    them.

    Args:
        spec: the `LatentSpec`.
        on_images: `{code: (rows, posterior_size)}`, Q's raw outputs on real images.
        on_views: likewise, on the same images' views.

    Returns:
        `{code: scalar}` of the categorical codes; 0 at best and, for even guesses, ln(categories).
    """
    return {
        name: tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(tf.nn.softmax(on_images[name]), on_views[name]))
        for name, code in spec.codes.items()
        if isinstance(code, Categorical)
    }


def balance(spec, on_images):
    """H(E[q(c|x)]) of each categorical code over a batch of real images.

    Args:
        spec: the `LatentSpec`.
        on_images: `{code: (rows, posterior_size)}`, Q's raw outputs on real images.

    Returns:
        `{code: scalar}` of the categorical codes; ln(categories) where all are used evenly.
    """
    shares = {
        name: tf.reduce_mean(tf.nn.softmax(on_images[name]), 0)
        for name, code in spec.codes.items()
        if isinstance(code, Categorical)
    }
    return {name: -tf.reduce_sum(tf.math.xlogy(share, share)) for name, share in shares.items()}


def declared(spec, on_images, on_views, shares, magnitudes):
    """What declared codes lack of following their views, and nothing else, on pairs of a real image x and a view x'.

    Let m and m' be a code's mean on x and x', a_k the amount of view k, and d = m' - p m the code's response, p = -1
    where the view is mirrored and the code follows `Mirror`, else 1. Over the batch, the code has

        1 - corr(d, Σ a_k over the views that it follows)       or 1 - corr(m', p m), where it follows no amount
        + Σ max(0, corr(d, a_k)² - 4/n) over the views that it does not follow
        + 1 - corr(|m|, s(x)), where the code has the magnitude s
        + mean(m)² + (std(m) - the prior's std)²
        + Σ max(0, corr(m, g)² - 4/n) over g = m, m² of the other declared codes, held constant

    A correlation has no scale, so none of this can be had by making responses small. Over n pairs that of a perfect
    code has a standard deviation of about 1/√n, so twice that is taken for chance: its gradient would be noise. The
    last lines keep Q's means on real images where the prior has the codes of generated ones, and as independent.

    A `Circular` code has the response d = sin(m' - (p m + a)), a the degrees of the views that turn it by as many
    (`Hue`, `Turn`), and for its spread the squared lengths of E[e^im] and E[e^2im], which are 0 on an even circle; the
    parts of e^im and e^2im are its m and m². If it follows no others, the first line is 1 - E[cos(m' - (p m + a))].

    Related: consistency of discrete codes on real images (Elastic-InfoGAN, arXiv 1910.01112), affine regularization of
    InfoGAN (ADIS-GAN, 2021), predicting the transformation (AET, 2019), steering a trained GAN (Jahanian et al., 2020),
    and for the independence of means DIP-VAE (arXiv 1711.00848).

    Args:
        spec: the `LatentSpec`.
        on_images: `{code: (rows, posterior_size)}`, Q's raw outputs on real images.
        on_views: likewise, on the same images' views.
        shares: `{view: (rows,)}`, each view's amounts as shares of its largest, -1 to 1; of `Mirror` the sign.
        magnitudes: `{code: (rows,)}`, s(x) of the codes that have one.

    Returns:
        `(terms, responses)`: `{code: scalar}` of the declared codes, 0 at best; and `{code: scalar}`, the
        correlation in the first line, -1 to 1 and 1 at best.
    """
    terms, responses, means, squares = {}, {}, {}, {}
    signs = tf.sign(shares["mirror"]) if "mirror" in shares else 1.0
    for name, code in spec.declared.items():
        parity = signs if any(isinstance(view, Mirror) for view in code.follows) else 1.0
        followed = [view for view in code.follows if not isinstance(view, Mirror)]
        if isinstance(code, Circular):
            response, agreement, means[name], squares[name] = _turned(
                code, followed, on_images[name], on_views[name], parity, shares
            )
            spread = sum(tf.reduce_mean(part) ** 2 for part in (*means[name], *squares[name]))
        else:
            mean, seen = (code.activate(outputs[name])["mean"][:, 0] for outputs in (on_images, on_views))
            response = seen - parity * mean
            amount = sum(shares[view.name] for view in followed)
            agreement = _correlation(response, amount) if followed else _correlation(seen, parity * mean)
            means[name], squares[name] = [mean], [mean**2]
            centre, variance = tf.nn.moments(mean, 0)
            spread = centre**2 + (tf.sqrt(variance + 1e-6) - code.variance**0.5) ** 2
        others = shares.keys() - {view.name for view in followed} - {"mirror"}
        leaks = sum(_leak(response, shares[view]) for view in sorted(others))
        terms[name] = 1 - agreement + leaks + spread
        if name in magnitudes:
            terms[name] += 1 - _correlation(tf.abs(mean), magnitudes[name])
        responses[name] = agreement
    for name, other in itertools.permutations(terms, 2):
        terms[name] += _dependence(means[name], [*means[other], *squares[other]])
    return terms, responses


def _turned(code, followed, on_images, on_views, parity, shares):
    """Response and agreement of a circular code, and the parts of e^im and e^2im."""
    (cosine, sine), (seen_cosine, seen_sine) = (
        tf.unstack(code.direction(outputs), axis=-1) for outputs in (on_images, on_views)
    )
    turning = [view for view in followed if isinstance(view, Hue | Turn)]
    degrees = sum(shares[view.name] * view.amount for view in turning)
    turn = tf.cast(degrees * (math.pi / 180), cosine.dtype)
    expected_cosine = cosine * tf.cos(turn) - parity * sine * tf.sin(turn)
    expected_sine = parity * sine * tf.cos(turn) + cosine * tf.sin(turn)
    agreement = tf.reduce_mean(seen_cosine * expected_cosine + seen_sine * expected_sine)
    response = seen_sine * expected_cosine - seen_cosine * expected_sine
    if len(followed) > len(turning):
        agreement = _correlation(response, sum(shares[view.name] for view in followed if view not in turning))
    return response, agreement, [cosine, sine], [cosine**2 - sine**2, 2 * cosine * sine]


def _leak(response, amount):
    """The squared correlation as far as it is more than chance."""
    chance = 4 / tf.cast(tf.shape(response)[0], response.dtype)
    return tf.nn.relu(_correlation(response, amount) ** 2 - chance)


def _dependence(means, others):
    """How far a code's means go with the parts of another, which are held constant."""
    return sum(_leak(mean, tf.stop_gradient(other)) for mean, other in itertools.product(means, others))


def _correlation(a, b):
    """Pearson's; about 0 where either is constant."""
    a, b = a - tf.reduce_mean(a), b - tf.reduce_mean(b)
    return tf.reduce_sum(a * b) / tf.sqrt(tf.reduce_sum(a**2) * tf.reduce_sum(b**2) + 1e-8)


def mutual_information(spec, latents, posteriors):
    """H(c) + E[log q(c|x)] of each code: the variational lower bound on I(c; G(z, c)) (paper, Eq. 5).

    The entropy is the prior's own, so each number is a bound in nats; `mi_floor` and `mi_ceiling` of the code's
    distribution say between which values it moves.

    Args:
        spec: the `LatentSpec`.
        latents: as in `cross_entropy`.
        posteriors: as in `cross_entropy`.

    Returns:
        `{code: scalar}`.
    """
    return {name: spec.codes[name].entropy - h for name, h in cross_entropy(spec, latents, posteriors).items()}
