/** AQUA-KV: keys and values predicted from the layer before, and what is left quantised. */
package io.kvsweep.udfs.method.aqua;
