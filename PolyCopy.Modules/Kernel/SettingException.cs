namespace PolyCopy.Modules.Kernel;

/// <summary>A setting or surrounding that makes starting impossible; its message is the one sentence the operator sees.</summary>
public sealed class SettingException(string message) : Exception(message);
