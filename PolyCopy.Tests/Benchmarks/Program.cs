Console.WriteLine("verbs: none yet");
