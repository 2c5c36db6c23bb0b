using PolyCopy.Host;
using PolyCopy.Modules.Kernel;

try
{
    return await Verbs.RunAsync(args);
}
catch (SettingException e)
{
    Console.Error.WriteLine(e.Message);
    return 2;
}
