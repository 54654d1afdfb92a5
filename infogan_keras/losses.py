"""The objectives, as pure functions on tensors. Everything is a mean over rows, in nats."""

import tensorflow as tf

from infogan_keras.latents import Categorical


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
