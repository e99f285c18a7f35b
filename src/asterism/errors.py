"""Everything that Asterism raises on purpose.

AsterismError
├─ InputError              an argument, a shape, a file or a column that cannot be used
├─ SpaceError              a folder that is no Space, or not one that this version may use
│  ├─ NotASpace            the folder has no manifest
│  ├─ FormatTooNew         written by a later version
│  ├─ Corrupt              a shard is missing, cut short or has another checksum
│  └─ FingerprintMismatch  resumed or joined with another model or other inputs
├─ EmbedError              texts did not become vectors
│  ├─ ModelNotFound        no such model here
│  └─ ProviderFailed       a server answered wrongly or not at all
├─ ComputeError            an algorithm could not reach a result
├─ OutputExists            a file would be overwritten without being asked for
└─ MissingDependency       an optional package is not installed

Each also inherits the built-in error that fits, so that ``except ValueError`` works.
A message says what was given, what was expected and what to do.
"""

from __future__ import annotations


class AsterismError(Exception):
    """Base of everything raised on purpose."""


class AsterismWarning(UserWarning):
    """A decision that the caller should know of, and that the result records too."""


class InputError(AsterismError, ValueError):
    """An argument, a shape, a file or a column that cannot be used."""


class SpaceError(AsterismError):
    """A folder that is no Space, or not one that may be used as asked."""


class NotASpace(SpaceError, FileNotFoundError):
    """The folder has no manifest of a Space."""


class FormatTooNew(SpaceError):
    """The folder was written by a later version in a format unknown to this one."""


class Corrupt(SpaceError):
    """A file of the folder is missing, cut short, or has another checksum than recorded."""


class FingerprintMismatch(SpaceError, ValueError):
    """The folder was made with another model or from other inputs than now given."""


class EmbedError(AsterismError):
    """Texts did not become vectors."""


class ModelNotFound(EmbedError, FileNotFoundError):
    """The named model is not here."""


class ProviderFailed(EmbedError):
    """A server answered wrongly or not at all.

    Attributes:
        provider: Name or address of the server, without credentials.
        is_retryable: Whether the same request may succeed later.
    """

    def __init__(self, message: str, *, provider: str = "", is_retryable: bool = False) -> None:
        super().__init__(message)
        self.provider = provider
        self.is_retryable = is_retryable


class ComputeError(AsterismError, RuntimeError):
    """An algorithm could not reach a result."""


class OutputExists(AsterismError, FileExistsError):
    """A file would be overwritten, and that was not asked for."""


class MissingDependency(AsterismError, ImportError):
    """An optional package is not installed.

    Attributes:
        package: What is missing.
        extra: The extra of Asterism that brings it.
    """

    def __init__(self, message: str, *, package: str, extra: str) -> None:
        super().__init__(message)
        self.package = package
        self.extra = extra
