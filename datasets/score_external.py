#!/usr/bin/env python3
"""A method outside of kvsweep, ready to be scored by it. Needs numpy and safetensors, no Java.

    python datasets/score_external.py --bits 3 --out reconstructed captures/*.safetensors
    ./kvsweep import reconstructed/*.safetensors --out reconstructed-3
    ./kvsweep sweep sweep.yaml --dataset DATASET --out RESULTS       # of the same captures, with the method
                                                                     # external(bits=3,dir=reconstructed-3,name=numpy-rtn)

The method here rounds every channel to the nearest of 2^bits levels between its minimum and its maximum over the prompt.
Put your own into `compress`: it takes one tensor and returns what is left of it and the bytes that this took.
"""
import argparse
import json
import os
import sys

import numpy
from safetensors.numpy import save_file


def compress(x, bits):
    """[heads, tokens, channels] -> the same reconstructed, and bytes: packed codes, minimum and scale in two each."""
    low = x.min(1, keepdims=True).astype(numpy.float16).astype(numpy.float32)
    scale = ((x.max(1, keepdims=True) - low) / (2**bits - 1)).astype(numpy.float16).astype(numpy.float32)
    step = numpy.where(scale > 0, scale, numpy.float32(1))
    codes = numpy.clip(numpy.rint((x - low) / step), 0, 2**bits - 1)
    return codes * step + low, (x.size * bits + 7) // 8 + 2 * low.size + 2 * scale.size


def read(source):
    """Metadata, and the keys and values as float32. By hand, as numpy has no bfloat16: that is the upper half of a float32."""
    data = numpy.memmap(source, numpy.uint8, "r")
    start = 8 + int(data[:8].view("<u8")[0])
    header = json.loads(data[8:start].tobytes())
    metadata = header.pop("__metadata__")
    tensors = {}
    for name, tensor in header.items():
        if name.endswith((".key", ".value")):
            begin, end = (start + offset for offset in tensor["data_offsets"])
            if tensor["dtype"] == "BF16":
                x = (data[begin:end].view("<u2").astype(numpy.uint32) << 16).view(numpy.float32)
            elif tensor["dtype"] in ("F16", "F32"):
                x = data[begin:end].view("<f2" if tensor["dtype"] == "F16" else "<f4").astype(numpy.float32)
            else:
                sys.exit(f"{source}: {name} is {tensor['dtype']}; expected F16, BF16 or F32")
            tensors[name] = x.reshape(tensor["shape"])
    return metadata, tensors


def reconstruct(source, target, bits):
    captured, tensors = read(source)
    metadata = {k: v for k, v in captured.items() if not k.startswith("query_")}
    for name, tensor in tensors.items():
        tensors[name], size = compress(tensor, bits)
        # All that a decoder needs: codes, scales, codebooks, outliers. kvsweep takes your word for it.
        metadata["declared_bytes." + name] = str(size)
    save_file({name: numpy.ascontiguousarray(x, numpy.float32) for name, x in tensors.items()}, target, metadata)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("captures", nargs="+")
    parser.add_argument("--bits", type=int, choices=range(1, 9), default=3)
    parser.add_argument("--out", required=True)
    arguments = parser.parse_args()
    os.makedirs(arguments.out, exist_ok=True)
    for source in arguments.captures:
        target = os.path.join(arguments.out, os.path.basename(source))
        if os.path.exists(target) and os.path.samefile(source, target):
            sys.exit(f"{target}: would replace the capture; give another --out")
        reconstruct(source, target, arguments.bits)
        print(target)


if __name__ == "__main__":
    main()
