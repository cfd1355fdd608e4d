app = None  # GET /livez
