import express from "express";
import { Pool } from "pg";

const pool = new Pool({ connectionString: process.env.DATABASE_URL });
const secret = process.env.SESSION_SECRET ?? throwMissing("SESSION_SECRET");
const mail = requireEnv("SMTP_URL");
const port = process.env["PORT"] || 3000;
express().listen(port);
