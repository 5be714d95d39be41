#!/usr/bin/env python3
"""Cuts a safetensors capture by layers, never by tokens. Standard library only.

usage: cut_layers.py SOURCE TARGET LAYER[,LAYER...]

Tensors and metadata are copied as they are; only the offsets change.
"""
import json
import os
import struct
import sys


def cut(source, target, layers):
    with open(source, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        start = 8 + length
        kept, chunks, offset = {"__metadata__": header.pop("__metadata__")}, [], 0
        for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
            if int(name.split(".")[1]) not in layers:
                continue
            begin, end = entry["data_offsets"]
            kept[name] = {**entry, "data_offsets": [offset, offset + end - begin]}
            offset += end - begin
            file.seek(start + begin)
            chunks.append(file.read(end - begin))
    found = {int(name.split(".")[1]) for name in kept if name != "__metadata__"}
    if found != layers:
        sys.exit(f"{source}: has no layers {sorted(layers - found)}")
    text = json.dumps(kept, sort_keys=True, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(target, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(chunks))
    print(f"{target}: {os.path.getsize(target)} bytes")


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    cut(sys.argv[1], sys.argv[2], {int(layer) for layer in sys.argv[3].split(",")})
