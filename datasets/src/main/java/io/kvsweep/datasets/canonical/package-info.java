/**
 * The canonical dataset: Parquet files of tensor blocks and the {@code dataset.json} that lists
 * them.
 *
 * <p>Everything here goes through Hadoop's {@code FileSystem}, so a dataset may live on any store.
 */
package io.kvsweep.datasets.canonical;
