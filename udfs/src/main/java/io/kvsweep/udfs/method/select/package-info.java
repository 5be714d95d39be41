/** Which tokens stay in memory, and which of them an attention step reads. */
package io.kvsweep.udfs.method.select;
