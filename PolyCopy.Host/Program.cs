using Microsoft.Extensions.Options;
using PolyCopy.Host;
using PolyCopy.Modules.Kernel;

try
{
    return await Verbs.RunAsync(args);
}
catch (Exception e) when (e is SettingException or OptionsValidationException or InvalidOperationException { Source: "Microsoft.Extensions.Configuration.Binder" } || (e is IOException && e.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException))
{
    Console.Error.WriteLine(e.Message); // one sentence: what is wrong with a setting or the surroundings
    return 2;
}
