key = ENV.fetch("SECRET_KEY_BASE")
threads = ENV.fetch("RAILS_MAX_THREADS", 5)
url = ENV["DATABASE_URL"]
