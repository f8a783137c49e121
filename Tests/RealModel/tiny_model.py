"""Writes a tiny language model with random weights: the right shape for a real server, and no sense in what it says.

The file is GGUF, version 3 (ggml's docs/gguf.md): a header, metadata, the tensors' shapes, then their data at a
multiple of 32 bytes. The model is a Llama of two layers; its vocabulary has every byte, so that it can read any prompt.
"""

import array
import random
import struct
import sys

CONTEXT, WIDTH, LAYERS, HEADS, INNER = 512, 64, 2, 4, 128
ALIGNMENT = 32

# GGUF's numbers for types of metadata, and ggml's for 32-bit floats.
UINT32, INT32, FLOAT32, STRING, ARRAY = 4, 5, 6, 8, 9
TENSOR_F32 = 0

# Kinds of tokens as llama.cpp counts them.
NORMAL, UNKNOWN, CONTROL, BYTE = 1, 2, 3, 6

TEMPLATE = (
    "{% for message in messages %}{{ message['role'] }}: {{ message['content'] }}\n{% endfor %}"
    "{% if add_generation_prompt %}assistant:{% endif %}"
)


def vocabulary():
    """Tokens with their kinds: three that steer, every byte, and some hundred made-up words."""
    tokens = [("<unk>", UNKNOWN), ("<s>", CONTROL), ("</s>", CONTROL)]
    tokens += [(f"<0x{byte:02X}>", BYTE) for byte in range(256)]
    syllables = [consonant + vowel for consonant in "bdfgklmnprstvz" for vowel in "aeiou"]
    tokens += [("\u2581" + first + second, NORMAL) for first in syllables for second in syllables[::7]]
    return tokens


def tensors(words):
    """Names and shapes, as ggml has them: the fastest dimension first."""
    yield "token_embd.weight", [WIDTH, words]
    for layer in range(LAYERS):
        block = f"blk.{layer}"
        yield f"{block}.attn_norm.weight", [WIDTH]
        for part in ("attn_q", "attn_k", "attn_v", "attn_output"):
            yield f"{block}.{part}.weight", [WIDTH, WIDTH]
        yield f"{block}.ffn_norm.weight", [WIDTH]
        yield f"{block}.ffn_gate.weight", [WIDTH, INNER]
        yield f"{block}.ffn_up.weight", [WIDTH, INNER]
        yield f"{block}.ffn_down.weight", [INNER, WIDTH]
    yield "output_norm.weight", [WIDTH]
    yield "output.weight", [WIDTH, words]


def text(value):
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def entry(key, kind, value):
    return text(key) + struct.pack("<I", kind) + value


def entries(key, kind, values):
    return text(key) + struct.pack("<IIQ", ARRAY, kind, len(values)) + b"".join(values)


def metadata(tokens):
    def number(value):
        return struct.pack("<I", value)

    return [
        entry("general.architecture", STRING, text("llama")),
        entry("general.name", STRING, text("tiny-random")),
        entry("general.file_type", UINT32, number(TENSOR_F32)),
        entry("llama.context_length", UINT32, number(CONTEXT)),
        entry("llama.embedding_length", UINT32, number(WIDTH)),
        entry("llama.block_count", UINT32, number(LAYERS)),
        entry("llama.feed_forward_length", UINT32, number(INNER)),
        entry("llama.attention.head_count", UINT32, number(HEADS)),
        entry("llama.attention.head_count_kv", UINT32, number(HEADS)),
        entry("llama.rope.dimension_count", UINT32, number(WIDTH // HEADS)),
        entry("llama.attention.layer_norm_rms_epsilon", FLOAT32, struct.pack("<f", 1e-5)),
        entry("llama.vocab_size", UINT32, number(len(tokens))),
        entry("tokenizer.ggml.model", STRING, text("llama")),
        entries("tokenizer.ggml.tokens", STRING, [text(token) for token, _ in tokens]),
        entries("tokenizer.ggml.scores", FLOAT32, [struct.pack("<f", -float(index)) for index in range(len(tokens))]),
        entries("tokenizer.ggml.token_type", INT32, [struct.pack("<i", kind) for _, kind in tokens]),
        entry("tokenizer.ggml.unknown_token_id", UINT32, number(0)),
        entry("tokenizer.ggml.bos_token_id", UINT32, number(1)),
        entry("tokenizer.ggml.eos_token_id", UINT32, number(2)),
        entry("tokenizer.chat_template", STRING, text(TEMPLATE)),
    ]


def write(path):
    """Writes the model; always the same one."""
    chance = random.Random(1)
    tokens = vocabulary()
    facts = metadata(tokens)
    shapes = list(tensors(len(tokens)))
    head = b"GGUF" + struct.pack("<IQQ", 3, len(shapes), len(facts)) + b"".join(facts)
    data = bytearray()
    for name, shape in shapes:
        count = shape[0] * (shape[1] if len(shape) > 1 else 1)
        head += text(name) + struct.pack("<I", len(shape)) + b"".join(struct.pack("<Q", size) for size in shape)
        head += struct.pack("<IQ", TENSOR_F32, len(data))
        is_norm = len(shape) == 1
        weights = array.array("f", (1.0 if is_norm else chance.gauss(0, 0.3) for _ in range(count)))
        data += weights.tobytes()
        data += bytes(-len(data) % ALIGNMENT)
    with open(path, "wb") as file:
        file.write(head + bytes(-len(head) % ALIGNMENT) + data)


if __name__ == "__main__":
    write(sys.argv[1])
