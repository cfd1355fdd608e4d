package demo;

class Application {
  static final String KEY = System.getenv("API_KEY");
}
