package io.kvsweep.udfs.codec;

/** Turns captured tensors into bytes and back. */
public sealed interface Codec permits TensorCodec, CacheCodec, ExternalCodec {}
