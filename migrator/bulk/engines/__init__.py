"""Where planning is computed: in this process, in processes that it watches, or on a dask cluster."""
