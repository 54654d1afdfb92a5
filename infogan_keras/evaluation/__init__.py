"""Measures of what codes have learned: functions of arrays, and `evaluate`, which reports all of them for a model."""

from infogan_keras.evaluation import (
    appearance,
    clustering,
    correlation,
    declared,
    disentanglement,
    extractors,
    information,
    sample_quality,
)
from infogan_keras.evaluation.report import evaluate

__all__ = [
    "appearance",
    "clustering",
    "correlation",
    "declared",
    "disentanglement",
    "evaluate",
    "extractors",
    "information",
    "sample_quality",
]
