var key = Environment.GetEnvironmentVariable("Jwt__Key") ?? throw new Exception("Jwt__Key");
app.MapHealthChecks("/healthz");
app.Run();
