/** Tables: described once by their columns, written as Parquet, CSV and text. */
package io.kvsweep.jobs.table;
