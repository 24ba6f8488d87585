"""What both confirm.py and confirm_v3.py use: how a case ends in an error, and AES as FIPS 197 describes it."""

import functools
import operator


class Refused(Exception):
    """The case ends in an error: a code, or an object where the kind has several error classes."""

    def __init__(self, error):
        super().__init__(str(error))
        self.error = error


def times(a, b):
    """The product in the field of AES."""
    product = 0
    while b:
        product ^= a if b & 1 else 0
        a, b = a << 1 ^ (0x11B if a & 0x80 else 0), b >> 1
    return product


def substitution():
    def of(byte):
        inverse = next((other for other in range(256) if times(byte, other) == 1), 0)
        turned = (inverse << shift & 0xFF | inverse >> (8 - shift) for shift in range(5))
        return functools.reduce(operator.xor, turned) ^ 0x63

    return [of(byte) for byte in range(256)]


S_BOX = substitution()
UNDONE = [S_BOX.index(byte) for byte in range(256)]
MIXED_BACK = [[times(byte, factor) for byte in range(256)] for factor in (14, 11, 13, 9)]


def round_keys(key):
    own = len(key) // 4
    words, factor = [key[i : i + 4] for i in range(0, len(key), 4)], 1
    while len(words) < 4 * (own + 7):
        word, index = words[-1], len(words)
        if index % own == 0:
            word = bytes(S_BOX[byte] for byte in word[1:] + word[:1])
            word, factor = bytes([word[0] ^ factor]) + word[1:], times(factor, 2)
        elif own > 6 and index % own == 4:
            word = bytes(S_BOX[byte] for byte in word)
        words.append(bytes(map(operator.xor, words[-own], word)))
    return [b"".join(words[i : i + 4]) for i in range(0, len(words), 4)]


def mixed_back(column):
    def of(row):
        return functools.reduce(operator.xor, (MIXED_BACK[j][column[(row + j) % 4]] for j in range(4)))

    return bytes(of(row) for row in range(4))


def decrypt_block(block, keys):
    block = bytes(map(operator.xor, block, keys[-1]))
    for number in range(len(keys) - 2, -1, -1):
        block = bytes(UNDONE[block[(i - 4 * (i % 4)) % 16]] for i in range(16))
        block = bytes(map(operator.xor, block, keys[number]))
        if number:
            block = b"".join(mixed_back(block[i : i + 4]) for i in range(0, 16, 4))
    return block


MIXED = [[times(byte, factor) for byte in range(256)] for factor in (2, 3, 1, 1)]


def encrypt_block(block, keys):
    block = bytes(map(operator.xor, block, keys[0]))
    for number in range(1, len(keys)):
        block = bytes(S_BOX[block[(i + 4 * (i % 4)) % 16]] for i in range(16))
        if number < len(keys) - 1:
            block = b"".join(mixed(block[i : i + 4]) for i in range(0, 16, 4))
        block = bytes(map(operator.xor, block, keys[number]))
    return block


def mixed(column):
    def of(row):
        return functools.reduce(operator.xor, (MIXED[j][column[(row + j) % 4]] for j in range(4)))

    return bytes(of(row) for row in range(4))
