print("gmmscope")
